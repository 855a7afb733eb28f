import { withFleet } from "@sallyport/data";
import { type Manifest, revocationsSection, revocationsSectionName } from "@sallyport/snapshot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { beat, enrol, makeNodeKey, nothingYet, poll } from "../testing/test-node.js";

const reason = "Token in a public repository";

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
  await makeTenant(fleet.cp, "globex");
});
afterEach(() => fleet.close());

const scopeOf = (slug = "acme") => fleet.cp.access.tenant(admin, slug, "tenant.read");
const publish = async () => fleet.cp.draft.publish(admin, { comment: "Test", base: (await fleet.cp.draft.summary(admin)).base });
const list = (input: Parameters<TestFleet["cp"]["revocations"]["list"]>[1] = {}, actor = admin) =>
  fleet.cp.revocations.list(actor, { show: "all", ...input });
const kinds = async (...input: Parameters<typeof list>) => (await list(...input)).items.map(({ kind }) => kind);
const revokeToken = async (slug = "acme") => fleet.cp.revocations.revokeToken(await scopeOf(slug), { digest: "a".repeat(64), reason });
async function revokeKey(name = "ci-runner"): Promise<string> {
  const { key } = await fleet.cp.apiKeys.create(await scopeOf(), { name });
  await fleet.cp.apiKeys.revoke(await scopeOf(), name, {});
  return key;
}

async function join(name: string) {
  const key = await makeNodeKey();
  const { token } = await fleet.cp.joinTokens.create(admin, { label: name, group: "default" });
  const { nodeId } = await enrol(fleet.cp, key, token, Date.now(), { name });
  const heard = () => beat(fleet.cp, key, nodeId, Date.now());
  await heard();
  /** Takes what there is and says that it runs. */
  const follow = async (): Promise<void> => {
    const row = await withFleet(fleet.data.fleet, (tx) => tx.revisionGroup.findFirstOrThrow({ orderBy: { revision: "desc" } }));
    const runs = { revision: row.revision, epoch: 1, rootHash: row.rootHash, installationHash: row.installationHash };
    const ack = { revision: row.revision, epoch: 1, rootHash: row.rootHash, appliedAt: new Date().toISOString(), applyMs: 3 };
    await poll(fleet.cp, key, nodeId, { ...nothingYet, ...runs, delivery: { outcome: "ack" as const, ...ack } });
  };
  return { heard, follow };
}

/** What the newest revision tells nodes of acme's revocations. */
async function sectionNow() {
  return withFleet(fleet.data.fleet, async (tx) => {
    const { manifest } = await tx.revisionGroup.findFirstOrThrow({ orderBy: { revision: "desc" }, select: { manifest: true } });
    const hash = (manifest as Manifest)[revocationsSectionName("acme")];
    return hash === undefined ? null : revocationsSection.parse((await tx.section.findUniqueOrThrow({ where: { hash } })).body);
  });
}

describe("the list of what was taken back", () => {
  it("has an API key with its name and last characters, and never what it hashes to", async () => {
    await publish();
    const key = await revokeKey();
    const [row] = (await list()).items;
    expect(row).toMatchObject({
      ...{ kind: "api_key", state: "final", tenant: "acme", name: "ci-runner", hint: key.slice(-4), digest: null },
      ...{ revision: 3, createdByName: "Mara Okafor", reason: null, expiresAt: null },
    });
  });

  it("has a key whose overlap was ended, by hand or by a rotation without one, and no key that goes on working", async () => {
    await publish();
    const { key: first } = await fleet.cp.apiKeys.create(await scopeOf(), { name: "ci-runner" });
    const { key: second } = await fleet.cp.apiKeys.rotate(await scopeOf(), "ci-runner", { overlapSeconds: 600 });
    expect(await kinds()).toEqual([]);
    await fleet.cp.apiKeys.endOverlap(await scopeOf(), "ci-runner", {});
    await fleet.cp.apiKeys.rotate(await scopeOf(), "ci-runner", { overlapSeconds: 0 });
    expect((await list()).items.map(({ hint }) => hint)).toEqual([second.slice(-4), first.slice(-4)]);
  });

  it("has both keys of a name that is revoked while both work, and the one that a further rotation ends", async () => {
    await publish();
    const { key: first } = await fleet.cp.apiKeys.create(await scopeOf(), { name: "ci-runner" });
    const { key: second } = await fleet.cp.apiKeys.rotate(await scopeOf(), "ci-runner", { overlapSeconds: 600 });
    const { key: third } = await fleet.cp.apiKeys.rotate(await scopeOf(), "ci-runner", { overlapSeconds: 600 });
    await fleet.cp.apiKeys.revoke(await scopeOf(), "ci-runner", { reason: "Stolen" });
    const rows = (await list()).items.map(({ hint, reason }) => [hint, reason]);
    expect(rows).toEqual([
      [third.slice(-4), "Stolen"],
      [second.slice(-4), "Stolen"],
      [first.slice(-4), "Rotated again"],
    ]);
    expect((await sectionNow())?.apiKeys).toHaveLength(3);
  });

  it("has purged keys and revoked nodes; of a node no revision tells, and no time is made up", async () => {
    await publish();
    await join("edge-1");
    await fleet.cp.identityProviders.purgeKeys(await scopeOf(), { name: "main", reason });
    await fleet.cp.nodes.revoke(admin, { name: "edge-1", reason: "Host replaced" });
    const [node, purge] = (await list()).items;
    expect(node).toMatchObject({ kind: "node", state: "final", tenant: null, name: "edge-1", reason: "Host replaced", revision: null, reach: null });
    expect(purge).toMatchObject({ kind: "idp_keys", state: "final", tenant: "acme", name: "main", reason, revision: 2 });
    expect((await fleet.cp.revocations.find(admin, { id: node?.id ?? "" })).nodes).toEqual([]);
  });

  it("says of a key that no node had been told of that there was nothing to tell", async () => {
    await revokeKey();
    expect((await list()).items[0]).toMatchObject({ state: "final", revision: null, reach: null });
  });

  it("is narrowed by kind, by tenant and by what is in force or has ended", async () => {
    await publish();
    const token = await revokeToken();
    await revokeToken("globex");
    await revokeKey();
    await fleet.cp.revocations.lift(await scopeOf(), { id: token.id });
    expect(await kinds()).toEqual(["api_key", "token", "token"]);
    expect(await kinds({ kind: "api_key" })).toEqual(["api_key"]);
    expect(await kinds({ tenant: "globex" })).toEqual(["token"]);
    expect(await kinds({ tenant: "nobody" })).toEqual([]);
    expect((await list({ show: "in_force" })).items.map(({ tenant }) => tenant)).toEqual(["globex"]);
    expect((await list({ show: "past" })).items.map(({ id }) => id)).toEqual([token.id]);
    expect((await fleet.cp.revocations.listOf(await scopeOf(), { show: "all" })).items.map(({ kind }) => kind)).toEqual(["api_key", "token"]);
  });

  it("comes in pages, newest first", async () => {
    await publish();
    for (const name of ["one", "two", "three"]) await revokeKey(name);
    const first = await list({ limit: 2 });
    const rest = await list({ limit: 2, cursor: first.nextCursor ?? "" });
    expect([first, rest].map(({ items }) => items.map(({ name }) => name))).toEqual([["three", "two"], ["one"]]);
    expect([first.total, rest.nextCursor]).toEqual([3, null]);
  });

  it("shows each caller its own tenants', and nodes to whoever may read nodes", async () => {
    await publish();
    await join("edge-1");
    await revokeToken();
    await revokeToken("globex");
    await fleet.cp.nodes.revoke(admin, { name: "edge-1" });
    const { tenantId } = await scopeOf();
    const grants = { fleet: new Set(), tenants: new Map([[tenantId, new Set(["tenant.read"])]]) };
    const ofAcme = { ...actorOf("viewer"), grants } as never;
    expect((await list({}, ofAcme)).items.map(({ tenant }) => tenant)).toEqual(["acme"]);
    expect(await kinds({}, actorOf("viewer"))).toEqual(["node", "token", "token"]);
    const [node, ofGlobex] = (await list()).items;
    for (const hidden of [node, ofGlobex])
      expect((await refusalOf(fleet.cp.revocations.find(ofAcme, { id: hidden?.id ?? "" }))).code).toBe("not_found");
  });

  it("has nothing to lift of what is final", async () => {
    await publish();
    await revokeKey();
    const [row] = (await list()).items;
    expect((await refusalOf(fleet.cp.revocations.lift(await scopeOf(), { id: row?.id ?? "" }))).message).toContain("for good");
  });
});

describe("the time until it is in effect", () => {
  it("is that of the first and the last node; until the last has said so it is among those that are spreading", async () => {
    await publish();
    const [one, two] = [await join("edge-1"), await join("edge-2")];
    for (const node of [one, two]) await node.follow();
    const spreading = async () => (await list({ show: "spreading" })).items.map(({ kind }) => kind);
    await fleet.cp.apiKeys.create(await scopeOf(), { name: "ci-runner" });
    await fleet.cp.apiKeys.revoke(await scopeOf(), "ci-runner", {});
    await revokeToken();
    expect(await spreading()).toEqual(["token", "api_key"]);
    fleet.clock.advance(300);
    await one.follow();
    expect((await list()).items[0]?.reach).toMatchObject({ inEffect: 1, nodes: 2, unreachable: 0 });
    expect(await spreading()).toEqual(["token", "api_key"]);
    fleet.clock.advance(700);
    await two.follow();
    expect(await spreading()).toEqual([]);
    const { firstMs, lastMs } = (await list()).items[0]?.reach ?? {};
    expect(firstMs).toBeGreaterThanOrEqual(300);
    expect((lastMs ?? 0) - (firstMs ?? 0)).toBeGreaterThanOrEqual(700);
  });

  it("stays open for a node that nobody hears from, which is named; one that joins later has no time", async () => {
    await publish();
    const [one, gone] = [await join("edge-1"), await join("edge-2")];
    for (const node of [one, gone]) await node.follow();
    fleet.clock.advance(20_000);
    await one.heard();
    const { id } = await revokeToken();
    await one.follow();
    const late = await join("edge-3");
    await late.follow();
    const { reach, nodes } = await fleet.cp.revocations.find(admin, { id });
    expect(reach).toMatchObject({ inEffect: 2, nodes: 3, unreachable: 1 });
    expect(nodes.map(({ name, state, tookMs }) => [name, state, tookMs !== null])).toEqual([
      ["edge-1", "in_effect", true],
      ["edge-2", "unreachable", false],
      ["edge-3", "in_effect", false],
    ]);
    expect(await kinds({ show: "spreading" })).toEqual(["token"]);
  });
});

describe("an API key that was revoked", () => {
  it("is told to the nodes by what it hashes to, for 90 days", async () => {
    await publish();
    await revokeKey();
    expect((await sectionNow())?.apiKeys).toMatchObject([{ name: "ci-runner", digest: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    fleet.clock.advance(91 * 86_400_000);
    await fleet.cp.apiKeys.create(await scopeOf(), { name: "other" });
    expect(await sectionNow()).toBeNull();
  });
});
