import { generateKeyPairSync } from "node:crypto";
import { withFleet } from "@sallyport/data";
import { contentKeyId, openSecret } from "@sallyport/pipeline-node";
import { API_VERSION, ENCRYPTION_KEY_TYP, revisionEnvelope, SECRETS_SECTION, type SecretsSection, secretsSection } from "@sallyport/snapshot";
import type { SyncRequest, SyncResponse } from "@sallyport/snapshot/protocol";
import { createTestCertificate } from "@sallyport/testkit";
import { CompactSign, compactDecrypt, decodeJwt, decodeProtectedHeader } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { queryOwner } from "../testing/query-owner.js";
import { refusalOf } from "../testing/refusal.js";
import { joinSecretNode, type SecretNode, statementOf } from "../testing/secret-node.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { makeNodeKey, nodeToken, nothingYet, poll } from "../testing/test-node.js";

const CANARY = "canary-c1i3nt-s3cr3t";

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
  await makeTenant(fleet.cp, "globex");
});
afterEach(() => fleet.close());

const scopeOf = (slug: string) => fleet.cp.access.tenant(admin, slug, "tenant.read");
const declare = async (slug: string, name: string, spec: unknown = {}): Promise<void> => {
  await fleet.cp.objects.put(await scopeOf(slug), "Secret", name, { spec, version: null });
};
const set = async (slug: string, name: string, value: string) => fleet.cp.secrets.set(await scopeOf(slug), name, { value });
const publish = async (comment = "Test") => fleet.cp.draft.publish(admin, { comment, base: (await fleet.cp.draft.summary(admin)).base });
const live = async () => (await fleet.cp.draft.summary(admin)).base;
const revisionsOf = () =>
  withFleet(fleet.data.fleet, (tx) =>
    tx.revision.findMany({ orderBy: { number: "asc" }, select: { number: true, comment: true, rootHash: true, reissueOf: true, changes: true } }),
  );

/** The newest section of secrets of a group; null where it has none. */
async function sectionNow(group = "default"): Promise<SecretsSection | null> {
  const row = await withFleet(fleet.data.fleet, (tx) =>
    tx.revisionGroup.findFirstOrThrow({ where: { groupName: group }, orderBy: { revision: "desc" }, select: { manifest: true } }),
  );
  const hash = (row.manifest as Record<string, string>)[SECRETS_SECTION];
  if (hash === undefined) return null;
  const stored = await withFleet(fleet.data.fleet, (tx) => tx.section.findUniqueOrThrow({ where: { hash }, select: { body: true } }));
  return secretsSection.parse(stored.body);
}

const makeNode = (name: string, options?: { stated?: boolean; group?: string }): Promise<SecretNode> => joinSecretNode(fleet.cp, name, options);

const ask = (node: SecretNode, state: Partial<SyncRequest> = {}): Promise<SyncResponse> =>
  poll(fleet.cp, node.key, node.id, { ...nothingYet, encryptionKey: node.statement, ...state });

async function keyFrom(answer: SyncResponse, node: SecretNode): Promise<{ id: string; key: Uint8Array }> {
  const [wrapped] = answer.kind === "unchanged" ? (answer.contentKeys ?? []) : [];
  if (wrapped === undefined) throw new Error("no content key came");
  const { plaintext } = await compactDecrypt(wrapped.jwe, node.privateKey);
  return { id: wrapped.id, key: plaintext };
}

/** What a node reads after a poll with the key that it got. */
async function read(node: SecretNode, item: string): Promise<string | null> {
  const { id, key } = await keyFrom(await ask(node), node);
  const update = await ask(node, { contentKeys: [id] });
  if (update.kind !== "update") throw new Error("expected an update");
  const envelope = revisionEnvelope.parse(decodeJwt(update.envelope));
  const section = secretsSection.parse(update.changed[SECRETS_SECTION]);
  const [tenant = "", name = ""] = item.split("/");
  const sealed = section.items[item];
  return sealed === undefined
    ? null
    : openSecret(key, { fleet: envelope.fleet, group: envelope.group, tenant, name, version: sealed.version }, sealed.sealed);
}

describe("a secret's value", () => {
  it("is set and never read: rows tell that it is there, its version, when and by whom", async () => {
    await declare("acme", "okta");
    expect(await fleet.cp.secrets.list(await scopeOf("acme"))).toEqual([
      { name: "okta", type: "client_secret", version: 1, hasValue: false, valueVersion: null, setAt: null, setByName: null, usedBy: [] },
    ]);
    const row = await set("acme", "okta", CANARY);
    expect(row).toMatchObject({ hasValue: true, valueVersion: 1, setByName: "Mara Okafor", version: 1 });
    expect(await set("acme", "okta", `${CANARY}-2`)).toMatchObject({ valueVersion: 2 });
    expect(JSON.stringify(await fleet.cp.secrets.list(await scopeOf("acme")))).not.toContain(CANARY);
    const stored = await queryOwner<{ n: bigint }>(fleet, "select count(*) as n from secret_value");
    expect(stored[0]?.n).toBe(1n);
  });

  it("that stands already is no change: no version, no audit row, no revision", async () => {
    await declare("acme", "okta");
    await publish();
    const first = await set("acme", "okta", CANARY);
    const [number, audits] = [await live(), await queryOwner(fleet, "select id from audit_record")];
    expect(await set("acme", "okta", CANARY)).toEqual(first);
    expect([await live(), await queryOwner(fleet, "select id from audit_record")]).toEqual([number, audits]);
  });

  it("leaves an audit row without it", async () => {
    await declare("acme", "okta");
    await set("acme", "okta", CANARY);
    const { items } = await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { action: "secret.set" });
    expect(items).toMatchObject([{ targetName: "okta", tenant: "acme", after: { version: 1, value: "[redacted]" } }]);
  });

  it("must have the form of its type, and what is wrong is told without it", async () => {
    await declare("acme", "okta");
    await declare("acme", "signer", { type: "private_key" });
    const pem = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(await set("acme", "signer", pem)).toMatchObject({ hasValue: true });
    for (const [name, value] of [
      ["okta", `${CANARY}\n`],
      ["okta", `${CANARY}ü`],
      ["okta", CANARY.repeat(60)],
      ["signer", CANARY],
      ["signer", pem.replace(/PRIVATE/g, "PUBLIC")],
      ["signer", pem.slice(0, -60)],
    ] as const) {
      const refusal = await refusalOf(set("acme", name, value));
      expect(refusal).toMatchObject({ code: "invalid", issues: [{ path: "value" }] });
      expect(JSON.stringify(refusal) + refusal.message).not.toContain(CANARY);
    }
    // A secret that becomes another type has no value of that type.
    const scope = await scopeOf("acme");
    await fleet.cp.objects.put(scope, "Secret", "signer", { spec: { type: "client_secret" }, version: 1 });
    expect(await fleet.cp.secrets.get(scope, "signer")).toMatchObject({ hasValue: false });
  });

  it("of a client certificate is the certificate with its own key", async () => {
    await declare("acme", "nodes", { type: "client_certificate" });
    const [one, other] = [createTestCertificate({ hosts: ["node"] }), createTestCertificate({ hosts: ["node"] })];
    for (const value of [one.cert, one.key, `${one.cert}${other.key}`, `${one.cert.replace(/[A-Z]{4}/, "####")}${one.key}`]) {
      const refusal = await refusalOf(set("acme", "nodes", value));
      expect(refusal).toMatchObject({ code: "invalid", issues: [{ path: "value" }] });
      expect(JSON.stringify(refusal)).not.toContain(one.key.slice(40, 60));
    }
    expect(await set("acme", "nodes", `${one.cert}${other.cert}${one.key}`)).toMatchObject({ hasValue: true });
  });

  it("needs a declared secret, and the permission", async () => {
    expect((await refusalOf(set("acme", "nowhere", CANARY))).code).toBe("not_found");
    const scope = await fleet.cp.access.tenant(actorOf("viewer"), "acme", "tenant.read");
    expect((await refusalOf(fleet.cp.secrets.set(scope, "okta", { value: CANARY }))).code).toBe("forbidden");
  });

  it("is nowhere in the database, in any coding, nor is a content key", async () => {
    await declare("acme", "okta");
    await set("acme", "okta", CANARY);
    await publish();
    const documents = [
      {
        apiVersion: API_VERSION,
        kind: "Secret",
        metadata: { name: "filed", tenant: "globex" },
        spec: { type: "client_secret", value: `${CANARY}-f` },
      },
    ];
    await fleet.cp.config.apply(admin, { documents });
    await publish("Filed");
    const node = await makeNode("edge-1");
    const { key } = await keyFrom(await ask(node), node);
    const tables = await queryOwner<{ name: string }>(
      fleet,
      "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
    );
    let dump = "";
    for (const { name } of tables) dump += JSON.stringify(await queryOwner(fleet, `select t::text as row from "${name}" t`));
    expect(dump).toContain("okta");
    const spellings = (bytes: Buffer) => [bytes.toString("latin1"), bytes.toString("hex"), bytes.toString("base64url"), bytes.toString("base64")];
    for (const secret of [Buffer.from(CANARY), Buffer.from(key)]) for (const text of spellings(secret)) expect(dump).not.toContain(text);
  });

  it("cannot be read by the app role, which learns of facts only", async () => {
    await declare("acme", "okta");
    await set("acme", "okta", CANARY);
    const privileges = await queryOwner<{ column: string }>(
      fleet,
      "select column_name as column from information_schema.column_privileges where grantee = 'sallyport_app' and table_name in ('secret_value', 'content_key', 'sealed_secret') order by 1",
    );
    expect(privileges.map(({ column }) => column)).toEqual(["destinations", "name", "set_at", "set_by", "tenant_id", "type", "version"]);
  });
});

describe("setting a value", () => {
  beforeEach(async () => {
    await declare("acme", "okta");
    await publish("First");
  });

  it("reaches nodes without a publish: a new revision with the same root hash, in the same transaction", async () => {
    const node = await makeNode("edge-1");
    await set("acme", "okta", CANARY);
    const [first, second] = await revisionsOf();
    expect(second).toEqual({ number: 2, comment: "Secret acme/okta was set", rootHash: first?.rootHash, reissueOf: 1, changes: [] });
    expect(await read(node, "acme/okta")).toBe(CANARY);
    await set("acme", "okta", "another");
    expect(await read(node, "acme/okta")).toBe("another");
    expect(await fleet.cp.revisions.get(admin, 3)).toMatchObject({ reissueOf: 1, parent: 2, before: null, changes: [] });
    const { items } = await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { action: "revision.reissue" });
    expect(items.map(({ targetName }) => targetName)).toEqual(["3", "2"]);
  });

  it("is undone together with its revision when either fails", async () => {
    await queryOwner(
      fleet,
      `do $$ begin create function fault() returns trigger language plpgsql as 'begin raise exception ''fault''; end';
       create trigger fault before insert on revision_group for each row execute function fault(); end $$`,
    );
    await expect(set("acme", "okta", CANARY)).rejects.toThrow();
    expect(await fleet.cp.secrets.get(await scopeOf("acme"), "okta")).toMatchObject({ hasValue: false });
    expect(await live()).toBe(1);
    await queryOwner(fleet, "drop function fault cascade");
    await set("acme", "okta", CANARY);
    expect(await live()).toBe(2);
  });

  it("makes no revision where nothing that is live names it", async () => {
    await declare("globex", "later");
    await set("globex", "later", CANARY);
    expect(await live()).toBe(1);
    await publish("Now");
    expect(Object.keys((await sectionNow())?.items ?? {})).toEqual(["globex/later"]);
  });

  it("does not stand in the way of somebody who is about to publish what they have reviewed", async () => {
    const scope = await scopeOf("globex");
    await fleet.cp.objects.put(scope, "Upstream", "more", { version: null, spec: { url: "http://more:80" } });
    await set("acme", "okta", CANARY);
    await set("acme", "okta", "another");
    expect(await fleet.cp.draft.publish(admin, { comment: "Reviewed against 1", base: 1 })).toEqual({ revision: 4 });
    expect((await refusalOf(fleet.cp.draft.publish(admin, { comment: "Again", base: 3 }))).code).toBe("conflict");
  });

  it("of many at once gives gap-free revisions, of which the last holds everything", async () => {
    for (const index of [1, 2, 3, 4, 5, 6]) await declare("globex", `s${index}`);
    await publish("Six");
    const replica = fleet.replica();
    const scope = await scopeOf("globex");
    await Promise.all(
      [1, 2, 3, 4, 5, 6].map((index) => (index % 2 ? fleet.cp : replica).secrets.set(scope, `s${index}`, { value: `${CANARY}${index}` })),
    );
    const numbers = (await revisionsOf()).map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(Object.keys((await sectionNow())?.items ?? {})).toHaveLength(6);
  });
});

describe("the section of secrets", () => {
  it("stays the same while neither a value nor the content key changes, whoever publishes what", async () => {
    await declare("acme", "okta");
    await set("acme", "okta", CANARY);
    await publish("First");
    const before = await sectionNow();
    await fleet.cp.objects.put(await scopeOf("globex"), "Upstream", "more", { version: null, spec: { url: "http://more:80" } });
    await publish("Else");
    expect(await sectionNow()).toEqual(before);
  });

  it("has the secrets of the group's own tenants only, under a content key of the group's own", async () => {
    for (const slug of ["acme", "globex"]) {
      await declare(slug, "okta");
      await set(slug, "okta", `${CANARY}-${slug}`);
    }
    const groups = await fleet.cp.access.fleet(admin, "node.write");
    await fleet.cp.groups.put(groups, "eu", { version: null, spec: { displayName: "EU", tenants: ["globex"] } });
    await publish("Both");
    const [all, eu] = [await sectionNow(), await sectionNow("eu")];
    expect([Object.keys(all?.items ?? {}).sort(), Object.keys(eu?.items ?? {})]).toEqual([["acme/okta", "globex/okta"], ["globex/okta"]]);
    expect(eu?.contentKey).not.toBe(all?.contentKey);
    const node = await makeNode("eu-1", { group: "eu" });
    expect(await read(node, "globex/okta")).toBe(`${CANARY}-globex`);
  });

  it("keeps what is live until the removal is published; then the value is gone for good", async () => {
    await declare("acme", "okta");
    await set("acme", "okta", CANARY);
    await publish("First");
    const scope = await scopeOf("acme");
    await fleet.cp.objects.remove(scope, "Secret", "okta", { version: 1 });
    await declare("globex", "other");
    await set("globex", "other", "x");
    await fleet.cp.draft.publish(admin, { comment: "Else", base: await live(), sections: ["tenants/globex"] });
    expect(Object.keys((await sectionNow())?.items ?? {}).sort()).toEqual(["acme/okta", "globex/other"]);
    await fleet.cp.draft.discard(admin, { section: "tenants/acme" });
    expect(await fleet.cp.secrets.get(scope, "okta")).toMatchObject({ hasValue: true, valueVersion: 1 });
    const { version } = await fleet.cp.objects.get(scope, "Secret", "okta");
    await fleet.cp.objects.remove(scope, "Secret", "okta", { version });
    const before = (await live()) ?? 0;
    await publish("Gone");
    expect(Object.keys((await sectionNow())?.items ?? {})).toEqual(["globex/other"]);
    expect(await queryOwner(fleet, "select name from secret_value order by 1")).toEqual([{ name: "other" }]);
    // Its name comes back by a rollback, its value does not.
    await fleet.cp.revisions.rollback(admin, { to: before, comment: "Back" });
    expect(Object.keys((await sectionNow())?.items ?? {})).toEqual(["globex/other"]);
    await declare("acme", "okta");
    expect(await fleet.cp.secrets.get(scope, "okta")).toMatchObject({ hasValue: false });
  });
});

describe("a node", () => {
  beforeEach(async () => {
    await declare("acme", "okta");
    await set("acme", "okta", CANARY);
    await publish("First");
  });

  it("gets the content key encrypted to its own key, before the update, and not again once it says that it keeps it", async () => {
    const node = await makeNode("edge-1");
    const answer = await ask(node);
    expect(answer).toMatchObject({ kind: "unchanged", retryAfterMs: 0 });
    const { id, key } = await keyFrom(answer, node);
    expect(contentKeyId(key)).toBe(id);
    expect((await sectionNow())?.contentKey).toBe(id);
    const [wrapped] = answer.kind === "unchanged" ? (answer.contentKeys ?? []) : [];
    expect(decodeProtectedHeader(wrapped?.jwe ?? "")).toMatchObject({ alg: "ECDH-ES+A256KW", enc: "A256GCM", kid: id });
    await expect(compactDecrypt(wrapped?.jwe ?? "", generateKeyPairSync("x25519").privateKey)).rejects.toThrow();
    expect((await ask(node, { contentKeys: [id] })).kind).toBe("update");
  });

  it("that was enrolled before it had such a key states one with its next poll", async () => {
    const node = await makeNode("old-1", { stated: false });
    expect((await poll(fleet.cp, node.key, node.id, nothingYet)).kind).toBe("update");
    expect(await read(node, "acme/okta")).toBe(CANARY);
  });

  it("cannot be given another's encryption key on the way: its statement is signed with its own key", async () => {
    const node = await makeNode("edge-1");
    const stranger = await makeNodeKey();
    const { publicKey } = generateKeyPairSync("x25519");
    const forged = [
      await statementOf(stranger, publicKey),
      await statementOf(node.key, publicKey, "JWT"),
      await statementOf(node.key, generateKeyPairSync("ed25519").publicKey),
      await nodeToken(node.key, node.id, Date.now()),
      "a.b.c",
    ];
    for (const encryptionKey of forged) expect((await refusalOf(ask(node, { encryptionKey }))).code).toBe("invalid");
    expect(await read(node, "acme/okta")).toBe(CANARY);
  });

  it("whose key nothing can be encrypted to gets the revision all the same", async () => {
    const node = await makeNode("edge-1");
    const lowOrder = await new CompactSign(new TextEncoder().encode(JSON.stringify({ kty: "OKP", crv: "X25519", x: "A".repeat(43) })))
      .setProtectedHeader({ alg: "EdDSA", typ: ENCRYPTION_KEY_TYP, kid: node.key.publicKey.kid })
      .sign(node.key.privateKey);
    expect((await ask(node, { encryptionKey: lowOrder })).kind).toBe("update");
  });

  it("that is revoked renews the content key: the others get the new one, and the old one opens nothing that is sent from then on", async () => {
    const [stays, goes] = [await makeNode("edge-1"), await makeNode("edge-2")];
    const old = await keyFrom(await ask(goes), goes);
    const before = await sectionNow();
    await fleet.cp.nodes.revoke(admin, { name: "edge-2" });
    expect((await revisionsOf()).at(-1)).toMatchObject({ reissueOf: 1, comment: expect.stringContaining("edge-2 was revoked") });
    const after = await sectionNow();
    expect(after?.contentKey).not.toBe(before?.contentKey);
    const sealed = after?.items["acme/okta"]?.sealed ?? "";
    const { fleetId } = await fleet.cp.installation.facts();
    const place = { fleet: fleetId, group: "default", tenant: "acme", name: "okta", version: 1 };
    expect(openSecret(old.key, place, sealed)).toBeNull();
    expect((await refusalOf(ask(goes))).code).toBe("unauthenticated");
    expect(await read(stays, "acme/okta")).toBe(CANARY);
    const { key } = await keyFrom(await ask(stays), stays);
    expect(openSecret(key, place, sealed)).toBe(CANARY);
    // The control plane itself keeps nothing that opens what was sealed before.
    expect(await queryOwner(fleet, "select sealed is null as gone from content_key where retired_at is not null")).toEqual([{ gone: true }]);
  });

  it("that is revoked in a group without secrets makes no revision", async () => {
    const groups = await fleet.cp.access.fleet(admin, "node.write");
    await fleet.cp.groups.put(groups, "eu", { version: null, spec: { displayName: "EU", tenants: ["globex"] } });
    await makeNode("eu-1", { group: "eu" });
    const before = await live();
    await fleet.cp.nodes.revoke(admin, { name: "eu-1" });
    expect(await live()).toBe(before);
  });
});

describe("secrets in files", () => {
  const doc = (name: string, spec: unknown, tenant = "acme") => ({ apiVersion: API_VERSION, kind: "Secret", metadata: { name, tenant }, spec });

  it("come with a value or without, never leave with one, and applied again change nothing", async () => {
    await publish("First");
    const documents = [doc("okta", { type: "client_secret", value: CANARY }), doc("plain", {})];
    const planned = await fleet.cp.config.plan(admin, { documents });
    expect(planned.map(({ change, fields }) => [change, fields.find(({ path }) => path === "value")?.after])).toEqual([
      ["create", "[redacted]"],
      ["create", undefined],
    ]);
    const { changes } = await fleet.cp.config.apply(admin, { documents });
    expect(JSON.stringify([planned, changes])).not.toContain(CANARY);
    expect(await fleet.cp.secrets.get(await scopeOf("acme"), "okta")).toMatchObject({ hasValue: true, valueVersion: 1 });
    const unchanged = async (again: readonly unknown[]) =>
      (await fleet.cp.config.plan(admin, { documents: [...again] })).every(({ change }) => change === "unchanged");
    expect(await unchanged(documents)).toBe(true);
    const dumped = await fleet.cp.config.dump(admin, {});
    expect(JSON.stringify(dumped)).not.toContain(CANARY);
    expect(dumped.filter(({ kind }) => kind === "Secret").map(({ spec }) => spec)).toEqual([{ type: "client_secret" }, { type: "client_secret" }]);
    expect(await unchanged(dumped)).toBe(true);
    await fleet.cp.config.apply(admin, { documents: dumped });
    expect(await fleet.cp.secrets.get(await scopeOf("acme"), "okta")).toMatchObject({ hasValue: true, valueVersion: 1 });
  });

  it("bring a new value to the nodes at once, in one revision for all of them, and touch no object", async () => {
    const documents = (value: string) => [doc("okta", { value: `${value}-a` }), doc("okta", { value: `${value}-g` }, "globex")];
    await fleet.cp.config.apply(admin, { documents: documents("one") });
    await publish("First");
    await fleet.cp.config.apply(admin, { documents: documents("two") });
    expect((await revisionsOf()).at(-1)).toMatchObject({ number: 2, reissueOf: 1, comment: "Secrets acme/okta, globex/okta were set" });
    expect(await fleet.cp.objects.get(await scopeOf("acme"), "Secret", "okta")).toMatchObject({ version: 1 });
    expect(await fleet.cp.draft.summary(admin)).toMatchObject({ unpublished: 0 });
    const node = await makeNode("edge-1");
    expect(await read(node, "globex/okta")).toBe("two-g");
  });

  it("do not let somebody who may only read try out values", async () => {
    await fleet.cp.config.apply(admin, { documents: [doc("okta", { value: CANARY })] });
    const viewer = actorOf("viewer");
    for (const value of [CANARY, "a wrong guess"])
      expect((await refusalOf(fleet.cp.config.plan(viewer, { documents: [doc("okta", { value })] }))).code).toBe("forbidden");
    expect((await fleet.cp.config.plan(viewer, { documents: [doc("okta", {})] })).map(({ change }) => change)).toEqual(["unchanged"]);
  });

  it("are told what is wrong without their value", async () => {
    const refusal = await refusalOf(
      fleet.cp.config.apply(admin, { documents: [doc("okta", { value: `${CANARY}\n` }), doc("x", { value: CANARY, valueFrom: { env: "X" } })] }),
    );
    expect(refusal.issues.map(({ path }) => path)).toEqual(["documents.0.spec.value", "documents.1.spec"]);
    expect(refusal.message + JSON.stringify(refusal.issues)).not.toContain(CANARY);
  });
});
