import { createHash, randomUUID } from "node:crypto";
import { withFleet, withTenant } from "@sallyport/data";
import { type ApiKeysSection, apiKeysSection, apiKeysSectionName, type Manifest, SEED_KEYS_SECTION } from "@sallyport/snapshot";
import type { ApiKeyUse } from "@sallyport/snapshot/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { queryOwner } from "../testing/query-owner.js";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { enrol, makeNodeKey, nodeToken, nothingYet, poll } from "../testing/test-node.js";

const DAY = 86_400_000;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
  await makeTenant(fleet.cp, "globex");
});
afterEach(() => fleet.close());

const scopeOf = (slug: string) => fleet.cp.access.tenant(admin, slug, "tenant.read");
const create = async (slug: string, name: string, more: Parameters<typeof fleet.cp.apiKeys.create>[1] | object = {}) =>
  fleet.cp.apiKeys.create(await scopeOf(slug), { name, ...more });
const rotate = async (name: string, input: Parameters<typeof fleet.cp.apiKeys.rotate>[2] = {}) =>
  fleet.cp.apiKeys.rotate(await scopeOf("acme"), name, input);
const revoke = async (slug: string, name: string) => fleet.cp.apiKeys.revoke(await scopeOf(slug), name, {});
const publish = async () => fleet.cp.draft.publish(admin, { comment: "Test", base: (await fleet.cp.draft.summary(admin)).base });
const live = async () => (await fleet.cp.draft.summary(admin)).base;

/** What the newest revision sends a group. */
async function manifestNow(group = "default"): Promise<Manifest> {
  const row = await withFleet(fleet.data.fleet, (tx) =>
    tx.revisionGroup.findFirstOrThrow({ where: { groupName: group }, orderBy: { revision: "desc" }, select: { manifest: true } }),
  );
  return row.manifest as Manifest;
}
async function keysNow(slug: string, group = "default"): Promise<ApiKeysSection["keys"] | null> {
  const hash = (await manifestNow(group))[apiKeysSectionName(slug)];
  if (hash === undefined) return null;
  const row = await withFleet(fleet.data.fleet, (tx) => tx.section.findUniqueOrThrow({ where: { hash }, select: { body: true } }));
  return apiKeysSection.parse(row.body).keys;
}

describe("an API key", () => {
  it("is answered once, kept as a hash, and listed without either", async () => {
    const { key, row } = await create("acme", "ci-runner", { scopes: ["write", "read"] });
    expect(key).toMatch(/^spk_[A-Za-z0-9_-]{43}$/);
    expect(row).toMatchObject({
      name: "ci-runner",
      subject: "api-key/ci-runner",
      scopes: ["read", "write"],
      createdByName: "Mara Okafor",
      version: 1,
    });
    expect(row).toMatchObject({ hint: key.slice(-4), lastUsedAt: null, previous: null, revokedAt: null });
    const now = fleet.clock.now();
    expect(Math.abs((row.expiresAt?.getTime() ?? 0) - now - 365 * DAY)).toBeLessThan(10_000);
    const list = await fleet.cp.apiKeys.list(await scopeOf("acme"), {});
    expect(list).toEqual({ items: [row], nextCursor: null, total: 1 });
    expect(await fleet.cp.apiKeys.get(await scopeOf("acme"), "ci-runner")).toEqual(row);
    expect(JSON.stringify(list)).not.toContain(sha256(key));
    const stored = JSON.stringify(await queryOwner(fleet, "select to_jsonb(k) as row from api_key k"));
    expect(stored).toContain(sha256(key));
    for (const table of ["api_key", "section", "audit_record", "revision"])
      expect(JSON.stringify(await queryOwner(fleet, `select t::text as row from ${table} t`)), table).not.toContain(key.slice(4));
  });

  it("hashes to what no application connection may read", async () => {
    await create("acme", "ci-runner");
    const { tenantId } = await scopeOf("acme");
    const read = withTenant(fleet.data.app, tenantId, (tx) => tx.$queryRaw`select hash from api_key`);
    await expect(read).rejects.toThrow(/permission denied/);
    const other = (await scopeOf("globex")).tenantId;
    expect(await withTenant(fleet.data.app, other, (tx) => tx.$queryRaw`select name from api_key`)).toEqual([]);
  });

  it("goes to the nodes at once, by a revision with the same declared content, and its end too", async () => {
    await publish();
    const before = await withFleet(fleet.data.fleet, (tx) => tx.revision.findUniqueOrThrow({ where: { number: 1 } }));
    const { key } = await create("acme", "ci-runner", { expiresInDays: null });
    expect(await live()).toBe(2);
    const reissued = await withFleet(fleet.data.fleet, (tx) => tx.revision.findUniqueOrThrow({ where: { number: 2 } }));
    expect(reissued).toMatchObject({ rootHash: before.rootHash, reissueOf: 1, comment: "API key acme/ci-runner was made" });
    expect(await keysNow("acme")).toEqual({
      "ci-runner": { hash: sha256(key), subject: "api-key/ci-runner", scopes: [], expiresAt: null, previous: null },
    });
    expect(await keysNow("globex")).toBeNull();
    await revoke("acme", "ci-runner");
    expect(await live()).toBe(3);
    expect(await keysNow("acme")).toBeNull();
  });

  it("of a tenant that is not published waits for that, and writes no revision", async () => {
    await publish();
    await makeTenant(fleet.cp, "initech");
    await create("initech", "first");
    expect(await live()).toBe(1);
    await publish();
    expect(await keysNow("initech")).toMatchObject({ first: { subject: "api-key/first" } });
  });

  it("changes the section of its tenant alone", async () => {
    await publish();
    await create("acme", "one");
    await create("globex", "theirs");
    const before = await manifestNow();
    await create("acme", "two");
    const after = await manifestNow();
    const changed = Object.keys(after).filter((name) => name !== SEED_KEYS_SECTION && before[name] !== after[name]);
    expect(changed).toEqual([apiKeysSectionName("acme")]);
  });

  it("goes to the groups that have its tenant, and to no other", async () => {
    await fleet.cp.groups.put(await fleet.cp.access.fleet(admin, "fleet.write"), "eu", {
      version: null,
      spec: { displayName: "EU", tenants: ["globex"] },
    });
    await publish();
    await create("acme", "ci-runner");
    await create("globex", "theirs");
    expect(Object.keys((await keysNow("acme")) ?? {})).toEqual(["ci-runner"]);
    expect(await keysNow("acme", "eu")).toBeNull();
    expect(Object.keys((await keysNow("globex", "eu")) ?? {})).toEqual(["theirs"]);
  });

  it("of a tenant that is suspended or deleted is sent no more from the revision on that says so", async () => {
    await create("acme", "ci-runner");
    await create("globex", "theirs");
    await publish();
    await fleet.cp.tenants.suspend(await scopeOf("acme"), { version: 1 });
    await publish();
    expect([await keysNow("acme"), Object.keys((await keysNow("globex")) ?? {})]).toEqual([null, ["theirs"]]);
    await fleet.cp.tenants.resume(await scopeOf("acme"), { version: 2 });
    await fleet.cp.tenants.remove(await fleet.cp.access.fleet(admin, "tenant.delete"), { slug: "globex", confirm: "globex" });
    await publish();
    expect([Object.keys((await keysNow("acme")) ?? {}), await keysNow("globex")]).toEqual([["ci-runner"], null]);
    expect(await queryOwner(fleet, "select name from api_key order by name")).toEqual([{ name: "ci-runner" }]);
  });

  it("survives a rollback: keys are not declared", async () => {
    await publish();
    await create("acme", "ci-runner");
    await fleet.cp.tenants.update(await scopeOf("acme"), { spec: { displayName: "Acme", plan: "gold" }, version: 1 });
    await publish();
    await revoke("acme", "ci-runner");
    await create("acme", "other");
    await fleet.cp.revisions.rollback(admin, { to: 1, comment: "Back" });
    expect(Object.keys((await keysNow("acme")) ?? {})).toEqual(["other"]);
  });

  it("has a name that is taken until it is revoked, and then is another's", async () => {
    await create("acme", "ci-runner");
    expect((await refusalOf(create("acme", "ci-runner"))).issues).toMatchObject([{ path: "name" }]);
    await create("globex", "ci-runner");
    await revoke("acme", "ci-runner");
    expect((await refusalOf(revoke("acme", "ci-runner"))).code).toBe("not_found");
    await create("acme", "ci-runner");
    const revoked = await fleet.cp.apiKeys.list(await scopeOf("acme"), { show: "revoked" });
    expect(revoked.items).toMatchObject([{ name: "ci-runner", revokedByName: "Mara Okafor" }]);
    fleet.clock.advance(91 * DAY);
    await create("acme", "later");
    expect((await fleet.cp.apiKeys.list(await scopeOf("acme"), { show: "revoked" })).items).toEqual([]);
  });

  it("is one of at most a thousand", async () => {
    await queryOwner(
      fleet,
      `insert into api_key (tenant_id, id, name, subject, scopes, hash, hint, key_made_at, created_at, created_by)
       select t.id, gen_random_uuid(), 'k-' || n, 'x', '{}', encode(sha256(n::text::bytea), 'hex'), 'abcd', now(), now(), 'x'
       from tenant t, generate_series(1, 1000) n where t.slug = 'acme'`,
    );
    expect((await refusalOf(create("acme", "one-more"))).code).toBe("precondition");
    await revoke("acme", "k-500");
    await create("acme", "one-more");
  });

  it("is listed page by page, in the order of names", async () => {
    for (const name of ["c", "a", "b"]) await create("acme", name);
    const scope = await scopeOf("acme");
    const first = await fleet.cp.apiKeys.list(scope, { limit: 2 });
    expect([first.items.map(({ name }) => name), first.total]).toEqual([["a", "b"], 3]);
    const second = await fleet.cp.apiKeys.list(scope, { limit: 2, cursor: first.nextCursor ?? "" });
    expect([second.items.map(({ name }) => name), second.nextCursor]).toEqual([["c"], null]);
    expect((await refusalOf(fleet.cp.apiKeys.list(scope, { cursor: "x" }))).code).toBe("invalid");
  });

  it("leaves audit rows without it, and takes a permission of its own", async () => {
    const { key } = await create("acme", "ci-runner", { scopes: ["read"] });
    await rotate("ci-runner");
    await revoke("acme", "ci-runner");
    const { items } = await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), {});
    const rows = items.filter(({ action }) => action.startsWith("api_key."));
    expect(rows.map(({ action }) => action)).toEqual(["api_key.revoke", "api_key.rotate", "api_key.create"]);
    expect(rows[2]).toMatchObject({ targetName: "ci-runner", tenant: "acme", after: { subject: "api-key/ci-runner", scopes: ["read"] } });
    for (const secret of [key.slice(4), sha256(key)]) expect(JSON.stringify(rows)).not.toContain(secret);
    const scope = await fleet.cp.access.tenant(actorOf("security_reviewer"), "acme", "tenant.read");
    expect((await refusalOf(fleet.cp.apiKeys.create(scope, { name: "x" }))).code).toBe("forbidden");
  });
});

describe("a rotation", () => {
  it("makes another key beside the one that it replaces, for as long as was said", async () => {
    await publish();
    const first = await create("acme", "ci-runner", { scopes: ["read"], expiresInDays: 10 });
    fleet.clock.advance(5 * DAY);
    const second = await rotate("ci-runner", { overlapSeconds: 3_600 });
    expect(second.key).not.toBe(first.key);
    expect(second.row).toMatchObject({ version: 2, hint: second.key.slice(-4), previous: { hint: first.key.slice(-4), lastUsedAt: null } });
    // As long a life as the first had, from now on.
    expect(second.row.expiresAt?.getTime()).toBeCloseTo((first.row.expiresAt?.getTime() ?? 0) + 5 * DAY, -4);
    const entry = (await keysNow("acme"))?.["ci-runner"];
    expect(entry).toMatchObject({ hash: sha256(second.key), scopes: ["read"], previous: { hash: sha256(first.key) } });
    expect(Math.abs((entry?.previous?.expiresAt ?? 0) * 1_000 - fleet.clock.now() - 3_600_000)).toBeLessThan(10_000);
    fleet.clock.advance(3_600_000);
    expect((await fleet.cp.apiKeys.get(await scopeOf("acme"), "ci-runner")).previous).toBeNull();
  });

  it("never lets the replaced key outlive its own end, and a second one ends what the first kept", async () => {
    const first = await create("acme", "ci-runner", { expiresInDays: 1 });
    const second = await rotate("ci-runner", { overlapSeconds: 30 * 86_400, expiresInDays: 300 });
    expect(second.row.previous?.until).toEqual(first.row.expiresAt);
    const third = await rotate("ci-runner");
    expect(third.row.previous?.hint).toBe(second.key.slice(-4));
    await publish();
    expect(JSON.stringify(await keysNow("acme"))).not.toContain(sha256(first.key));
  });

  it("without an overlap ends the replaced key at once; an overlap can be ended before its time, once", async () => {
    await publish();
    await create("acme", "ci-runner");
    expect((await rotate("ci-runner", { overlapSeconds: 0 })).row.previous).toBeNull();
    const scope = await scopeOf("acme");
    expect((await refusalOf(fleet.cp.apiKeys.endOverlap(scope, "ci-runner", {}))).code).toBe("precondition");
    await rotate("ci-runner");
    const number = await live();
    expect(await fleet.cp.apiKeys.endOverlap(scope, "ci-runner", {})).toMatchObject({ previous: null, version: 4 });
    expect(await live()).toBe((number ?? 0) + 1);
    expect((await keysNow("acme"))?.["ci-runner"]?.previous).toBeNull();
  });

  it("of two at once that saw the same version is one, and the other is told what stands", async () => {
    await create("acme", "ci-runner");
    const both = await Promise.allSettled([rotate("ci-runner", { version: 1 }), rotate("ci-runner", { version: 1 })]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await refusalOf(fleet.cp.apiKeys.revoke(await scopeOf("acme"), "ci-runner", { version: 1 }))).toMatchObject({
      code: "conflict",
      current: { version: 2 },
    });
  });
});

describe("the last use of a key", () => {
  it("is the latest that any node tells of, in whatever order they tell, and no later than now", async () => {
    const { token } = await fleet.cp.joinTokens.create(admin, { group: "default", label: "n" });
    const key = await makeNodeKey();
    const { nodeId } = await enrol(fleet.cp, key, token, Date.now());
    await poll(fleet.cp, key, nodeId, nothingYet);
    await create("acme", "ci-runner");
    fleet.clock.advance(600_000);
    const tell = async (...uses: (Partial<ApiKeyUse> & { at: number })[]) => {
      const node = await fleet.cp.nodeApi.authenticate(await nodeToken(key, nodeId, fleet.clock.now()));
      const keyUses = uses.map(({ at, ...more }) => ({
        ...{ tenant: "acme", name: "ci-runner", previous: false, lastUsedAt: new Date(at).toISOString() },
        ...more,
      }));
      await fleet.cp.nodeApi.events(node, { batch: randomUUID(), events: [], counts: [], keyUses, dropped: 0 });
      return fleet.cp.apiKeys.get(await scopeOf("acme"), "ci-runner");
    };
    const now = fleet.clock.now();
    expect((await tell({ at: now - 10_000 })).lastUsedAt).toEqual(new Date(now - 10_000));
    expect((await tell({ at: now - 20_000 }, { at: now - 30_000 })).lastUsedAt).toEqual(new Date(now - 10_000));
    expect((await tell({ at: now + DAY })).lastUsedAt?.getTime()).toBeLessThan(now + 60_000);
    const { lastUsedAt } = await tell({ at: now, name: "nobody" }, { at: now, tenant: "nobody" }, { at: now, tenant: "globex" });

    const rotated = await rotate("ci-runner");
    expect(rotated.row).toMatchObject({ lastUsedAt: null, previous: { lastUsedAt } });
    // A node that has not got the new key yet tells of the old one.
    expect((await tell({ at: now - 5_000 })).lastUsedAt).toBeNull();
    fleet.clock.advance(60_000);
    const later = fleet.clock.now() - 1_000;
    expect(await tell({ at: later, previous: true })).toMatchObject({ lastUsedAt: null, previous: { lastUsedAt: new Date(later) } });
    expect(await tell({ at: later })).toMatchObject({ lastUsedAt: new Date(later) });
  });
});
