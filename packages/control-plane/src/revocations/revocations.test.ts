import { createHash } from "node:crypto";
import { withFleet } from "@sallyport/data";
import { type Manifest, type RevocationsSection, revocationsSection, revocationsSectionName } from "@sallyport/snapshot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { queryOwner } from "../testing/query-owner.js";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { beat, enrol, makeNodeKey, nothingYet, poll } from "../testing/test-node.js";

const DAY = 86_400_000;
const reason = "Token in a public repository";
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const tokenOf = (claims: Record<string, unknown>): string => `${segment({ alg: "ES256" })}.${segment(claims)}.c2lnbmF0dXJl`;

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
  await makeTenant(fleet.cp, "globex");
});
afterEach(() => fleet.close());

const scopeOf = (slug = "acme") => fleet.cp.access.tenant(admin, slug, "tenant.read");
const summary = () => fleet.cp.draft.summary(admin);
const publish = async () => fleet.cp.draft.publish(admin, { comment: "Test", base: (await summary()).base });
const live = async () => (await summary()).base;
const revokeToken = async (input: object) => fleet.cp.revocations.revokeToken(await scopeOf(), { reason, ...input });
const suspend = async () => fleet.cp.revocations.suspend(await scopeOf(), { reason });
const lift = async (id: string, slug = "acme") => fleet.cp.revocations.lift(await scopeOf(slug), { id });
const get = async (id: string) => fleet.cp.revocations.get(await scopeOf(), { id });
const status = async () => (await fleet.cp.tenants.get(await scopeOf())).spec.status;
const setStatus = async (to: "suspend" | "resume") => {
  const scope = await scopeOf();
  await fleet.cp.tenants[to](scope, { version: (await fleet.cp.tenants.get(scope)).version });
};
const lastAudit = async () => (await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { limit: 5 })).items;

/** What the newest revision tells a group of a tenant. */
async function sectionNow(slug = "acme", group = "default"): Promise<RevocationsSection | null> {
  return withFleet(fleet.data.fleet, async (tx) => {
    const row = await tx.revisionGroup.findFirstOrThrow({ where: { groupName: group }, orderBy: { revision: "desc" }, select: { manifest: true } });
    const hash = (row.manifest as Manifest)[revocationsSectionName(slug)];
    return hash === undefined ? null : revocationsSection.parse((await tx.section.findUniqueOrThrow({ where: { hash } })).body);
  });
}

describe("a token that is revoked", () => {
  it("goes to the nodes at once, by a revision with the same declared content, and so does its end", async () => {
    await publish();
    const made = await revokeToken({ jti: "t-1", issuer: "https://login.acme.example" });
    expect(await live()).toBe(2);
    expect(made).toMatchObject({ kind: "token", state: "in_force", revision: 2, tenant: "acme", reason, createdByName: "Mara Okafor" });
    expect((await sectionNow())?.tokens).toEqual([
      { by: "jti", issuer: "https://login.acme.example", jti: "t-1", expiresAt: Math.ceil((made.expiresAt?.getTime() ?? 0) / 1_000) },
    ]);
    expect(await sectionNow("globex")).toBeNull();
    expect(await fleet.data.fleet.revision.findUniqueOrThrow({ where: { number: 2 } })).toMatchObject({
      reissueOf: 1,
      comment: "The token acme/t-1 is revoked",
    });
    expect((await lastAudit()).find(({ action }) => action === "revocation.create_token")).toMatchObject({
      tenant: "acme",
      targetName: "t-1",
      after: { reason },
    });
    expect(await lift(made.id)).toMatchObject({ state: "lifted", endedByName: "Mara Okafor", endedRevision: 3 });
    expect(await sectionNow()).toBeNull();
    expect((await refusalOf(lift(made.id))).code).toBe("precondition");
    expect((await lastAudit()).some(({ action }) => action === "revocation.lift_token")).toBe(true);
  });

  it("and was pasted is known by what it signs until its own end, and stands nowhere", async () => {
    await publish();
    const exp = Math.floor(fleet.clock.now() / 1_000) + 400 * 86_400;
    const token = tokenOf({ jti: "t-1", iss: "https://login.acme.example", exp });
    const made = await revokeToken({ token });
    expect(made).toMatchObject({ digest: sha256(token.slice(0, token.lastIndexOf("."))), jti: null, expiresAt: new Date(exp * 1_000 + 60_000) });
    for (const table of ["revocation", "section", "audit_record", "revision", "idempotency_key"])
      expect(JSON.stringify(await queryOwner(fleet, `select t::text as row from ${table} t`)), table).not.toContain(token.split(".")[1]);
  });

  it.each([
    ["opaque", "an-opaque-token"],
    ["of five segments", "a.b.c.d.e"],
  ])("and is %s is known by the whole, for the most that may be asked for", async (_, token) => {
    const made = await revokeToken({ token });
    expect(made.digest).toBe(sha256(token));
    expect(Math.abs((made.expiresAt?.getTime() ?? 0) - fleet.clock.now() - 90 * DAY)).toBeLessThan(10_000);
  });

  it.each<[string, object, string]>([
    ["no token", {}, "token"],
    ["two", { jti: "t-1", issuer: "https://i.example", token: "a.b.c" }, "token"],
    ["a jti of nobody", { jti: "t-1" }, "issuer"],
    ["no reason", { digest: "0".repeat(64), reason: " " }, "reason"],
    ["an end that has been", { digest: "0".repeat(64), expiresAt: "2020-01-01T00:00:00Z" }, "expiresAt"],
    ["an end in another age", { digest: "0".repeat(64), expiresAt: "2099-01-01T00:00:00Z" }, "expiresAt"],
    ["a token that has expired", { token: tokenOf({ exp: 1_000 }) }, "token"],
  ])("needs to be named: %s is refused", async (_, input, path) => {
    const refusal = await refusalOf(revokeToken(input));
    expect([refusal.code, refusal.issues[0]?.path]).toEqual(["invalid", path]);
  });

  it("vanishes from what nodes get once it has expired, with whatever revision is next", async () => {
    await publish();
    const made = await revokeToken({ digest: "a".repeat(64), expiresAt: new Date(fleet.clock.now() + 60_000).toISOString() });
    await revokeToken({ digest: "b".repeat(64) });
    expect((await sectionNow())?.tokens).toHaveLength(2);
    fleet.clock.advance(61_000);
    expect((await get(made.id)).state).toBe("expired");
    await fleet.cp.revocations.revokeSubject(await scopeOf("globex"), { subject: "eve", reason });
    expect((await sectionNow())?.tokens.map((each) => each.by === "digest" && each.digest)).toEqual(["b".repeat(64)]);
    const past = await fleet.cp.revocations.listOf(await scopeOf(), { show: "past" });
    expect(past.items.map(({ id }) => id)).toEqual([made.id]);
  });

  it("is one of a thousand of its tenant at most", async () => {
    await publish();
    const { tenantId } = await scopeOf();
    await queryOwner(
      fleet,
      `insert into revocation (tenant_id, id, tenant_slug, kind, digest, expires_at, reason, created_at, created_by)
       select '${tenantId}', gen_random_uuid(), 'acme', 'token', lpad(to_hex(n), 64, '0'), now() + interval '1 day', 'x', now(), 'x' from generate_series(1, 999) n`,
    );
    await revokeToken({ digest: "f".repeat(64) });
    expect((await sectionNow())?.tokens).toHaveLength(1_000);
    expect((await refusalOf(revokeToken({ digest: "e".repeat(64) }))).code).toBe("precondition");
    await fleet.cp.revocations.revokeToken(await scopeOf("globex"), { digest: "e".repeat(64), reason });
  });

  it("of a tenant that nobody serves yet is carried by the tenant's first revision", async () => {
    const made = await revokeToken({ digest: "a".repeat(64) });
    expect(made).toMatchObject({ state: "unpublished", revision: null });
    await publish();
    expect(await get(made.id)).toMatchObject({ state: "in_force", revision: 1 });
    expect((await sectionNow())?.tokens).toHaveLength(1);
  });

  it("stays revoked while nodes serve a tenant that was deleted in the draft, and no longer", async () => {
    await publish();
    const made = await revokeToken({ digest: "a".repeat(64) });
    await fleet.cp.tenants.remove(await fleet.cp.access.fleet(admin, "tenant.delete"), { slug: "acme", confirm: "acme" });
    await fleet.cp.revocations.revokeSubject(await scopeOf("globex"), { subject: "eve", reason });
    expect((await sectionNow())?.tokens).toHaveLength(1);
    await publish();
    expect(await sectionNow()).toBeNull();
    const past = await fleet.cp.revocations.list(admin, { show: "past" });
    expect(past.items).toMatchObject([{ id: made.id, state: "superseded", endedRevision: 4 }]);
  });
});

describe("a subject whose tokens are revoked", () => {
  it("is told to the nodes with the moment, to the end of this second", async () => {
    await publish();
    const made = await fleet.cp.revocations.revokeSubject(await scopeOf(), { subject: "ada", reason });
    const [subject] = (await sectionNow())?.subjects ?? [];
    expect(subject).toMatchObject({ subject: "ada", issuedBefore: Math.ceil(made.createdAt.getTime() / 1_000) });
    const earlier = new Date(fleet.clock.now() - DAY).toISOString();
    const past = await fleet.cp.revocations.revokeSubject(await scopeOf(), { subject: "ada", issuedBefore: earlier, reason });
    expect(past.issuedBefore?.getTime()).toBeLessThan(made.createdAt.getTime() - DAY + 2_000);
  });

  it.each([" ada", "", "a\u0000b", "é"])("has a name that a token can have: %j is refused", async (subject) => {
    expect((await refusalOf(fleet.cp.revocations.revokeSubject(await scopeOf(), { subject, reason }))).code).toBe("invalid");
  });
});

describe("a suspension", () => {
  it("is in force without a publish, is in the draft too, and ends with the revision that contains it", async () => {
    await publish();
    const made = await suspend();
    expect([made.state, made.expiresAt, await status()]).toEqual(["in_force", null, "suspended"]);
    expect(await sectionNow()).toMatchObject({ suspended: true });
    expect((await summary()).unpublished).toBe(1);
    await publish();
    expect(await sectionNow()).toBeNull();
    expect(await get(made.id)).toMatchObject({ state: "superseded", endedRevision: 3, endedByName: null });
    await setStatus("resume");
    await publish();
    expect(await sectionNow()).toBeNull();
    expect((await refusalOf(lift(made.id))).code).toBe("precondition");
  });

  it("outlives every revision that does not contain it: other tenants', the draft taken back, and time", async () => {
    await publish();
    const made = await suspend();
    await setStatus("resume");
    await fleet.cp.revocations.revokeSubject(await scopeOf("globex"), { subject: "eve", reason });
    const scope = await scopeOf();
    const { spec, version } = await fleet.cp.tenants.get(scope);
    await fleet.cp.tenants.update(scope, { spec: { ...spec, plan: "premium" }, version });
    await publish();
    fleet.clock.advance(400 * DAY);
    await fleet.cp.revocations.revokeSubject(await scopeOf("globex"), { subject: "eva", reason });
    expect(await sectionNow()).toMatchObject({ suspended: true });
    expect((await get(made.id)).state).toBe("in_force");
  });

  it("is lifted without a publish, and leaves nothing in the draft", async () => {
    await publish();
    const made = await suspend();
    expect(await lift(made.id)).toMatchObject({ state: "lifted", endedRevision: 3 });
    expect([await status(), await sectionNow(), (await summary()).unpublished]).toEqual(["active", null, 0]);
    expect((await suspend()).state).toBe("in_force");
  });

  it("is refused where it would change nothing", async () => {
    expect((await refusalOf(suspend())).message).toContain("No node serves acme");
    await publish();
    await suspend();
    expect((await refusalOf(suspend())).message).toBe("acme is suspended already.");
    await publish();
    expect((await refusalOf(suspend())).message).toContain("by the revision that is live");
  });

  it("of ten who press the button at once is one", async () => {
    await publish();
    const all = await Promise.allSettled(Array.from({ length: 10 }, suspend));
    expect(all.filter(({ status: is }) => is === "fulfilled")).toHaveLength(1);
    expect(await live()).toBe(2);
  });
});

describe("who may", () => {
  it("revoke is whoever has the permission at the tenant; suspending takes that of changing it, too", async () => {
    await publish();
    const { tenantId } = await scopeOf();
    const tenantAdmin = {
      ...actorOf("viewer"),
      grants: { fleet: new Set(), tenants: new Map([[tenantId, new Set(["tenant.read", "revocation.write"])]]) },
    } as never;
    const scope = await fleet.cp.access.tenant(tenantAdmin, "acme", "revocation.write");
    const made = await fleet.cp.revocations.revokeToken(scope, { digest: "a".repeat(64), reason });
    expect((await refusalOf(fleet.cp.revocations.suspend(scope, { reason }))).code).toBe("forbidden");
    const suspension = await suspend();
    expect((await refusalOf(fleet.cp.revocations.lift(scope, { id: suspension.id }))).code).toBe("forbidden");
    const other = await fleet.cp.revocations.revokeToken(await scopeOf("globex"), { digest: "b".repeat(64), reason });
    expect((await refusalOf(fleet.cp.revocations.get(scope, { id: other.id }))).code).toBe("not_found");
    expect((await refusalOf(fleet.cp.revocations.lift(scope, { id: other.id }))).code).toBe("not_found");
    expect((await fleet.cp.revocations.list(tenantAdmin, {})).items.map(({ id }) => id)).toEqual([suspension.id, made.id]);
    expect((await fleet.cp.revocations.list(actorOf("viewer"), {})).total).toBe(3);
    expect((await fleet.cp.revocations.list({ ...actorOf("viewer"), grants: { fleet: new Set(), tenants: new Map() } }, {})).items).toEqual([]);
  });
});

describe("the time of effect", () => {
  async function join(name: string) {
    const key = await makeNodeKey();
    const { token } = await fleet.cp.joinTokens.create(admin, { label: name, group: "default" });
    const { nodeId } = await enrol(fleet.cp, key, token, Date.now(), { name });
    return { key, nodeId };
  }
  /** Takes what there is and says that it runs. */
  async function follow({ key, nodeId }: Awaited<ReturnType<typeof join>>): Promise<void> {
    const row = await withFleet(fleet.data.fleet, (tx) => tx.revisionGroup.findFirstOrThrow({ orderBy: { revision: "desc" } }));
    const runs = { revision: row.revision, epoch: 1, rootHash: row.rootHash, installationHash: row.installationHash };
    const delivery = {
      outcome: "ack" as const,
      revision: row.revision,
      epoch: 1,
      rootHash: row.rootHash,
      appliedAt: new Date().toISOString(),
      applyMs: 3,
    };
    await poll(fleet.cp, key, nodeId, { ...nothingYet, ...runs, delivery });
  }

  it("of each node is when it said so; who was not heard from is shown, and not counted", async () => {
    await publish();
    const [one, two, gone] = [await join("node-1"), await join("node-2"), await join("node-3")];
    for (const node of [one, two, gone]) await follow(node);
    for (const { key, nodeId } of [one, two, gone]) await beat(fleet.cp, key, nodeId, Date.now());
    fleet.clock.advance(20_000);
    for (const { key, nodeId } of [one, two]) await beat(fleet.cp, key, nodeId, Date.now());
    const made = await revokeToken({ digest: "a".repeat(64) });
    const states = async () => (await get(made.id)).nodes.map(({ name, state }) => `${name} ${state}`);
    expect(await states()).toEqual(["node-1 waiting", "node-2 waiting", "node-3 unreachable"]);
    fleet.clock.advance(700);
    await follow(one);
    expect(await states()).toEqual(["node-1 in_effect", "node-2 waiting", "node-3 unreachable"]);
    const [first] = (await get(made.id)).nodes;
    expect(first?.tookMs).toBeGreaterThanOrEqual(700);
    expect(first?.tookMs).toBeLessThan(3_000);
    // One that was away comes to a later revision, and has it with that.
    await revokeToken({ digest: "b".repeat(64) });
    await follow(gone);
    const errors = [{ code: "compile_failed" as const, path: "tenants/acme", message: "no" }];
    await poll(fleet.cp, two.key, two.nodeId, { ...nothingYet, delivery: { outcome: "nack", revision: 3, epoch: 1, errors } });
    expect(await states()).toEqual(["node-1 in_effect", "node-2 refused", "node-3 in_effect"]);
    expect((await get(made.id)).nodes[1]?.error).toContain("compile_failed at tenants/acme");
    expect((await fleet.cp.revocations.list(admin, {})).items.map(({ reach }) => reach)).toMatchObject([
      { inEffect: 1, nodes: 3, unreachable: 0 },
      { inEffect: 2, nodes: 3, unreachable: 0 },
    ]);
    const late = await join("node-4");
    await follow(late);
    const [, , , fourth] = (await get(made.id)).nodes;
    expect(fourth).toMatchObject({ state: "in_effect", tookMs: null });
  });
});
