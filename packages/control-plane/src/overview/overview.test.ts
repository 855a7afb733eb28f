import { randomUUID } from "node:crypto";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { beat, enrol, makeNodeKey, type NodeKey, nodeToken, nothingYet, poll } from "../testing/test-node.js";

describe("the overview", () => {
  let fleet: TestFleet;
  let key: NodeKey;
  let nodeId: string;
  beforeAll(async () => {
    fleet = await startTestFleet();
    key = await makeNodeKey();
  });
  afterAll(() => fleet.close());

  const problems = async () => (await fleet.cp.overview.get(admin)).problems.map(({ id }) => id);

  it("says on an empty installation that nothing is published, and raises no alarm", async () => {
    const overview = await fleet.cp.overview.get(admin);
    expect(overview.health).toEqual({ ok: true, sentence: ["Nothing is published yet."] });
    expect(overview).toMatchObject({ problems: [], openAlerts: [], live: null, figures: { requestsPerSecond: 0, refusedShare: 0, nodesTotal: 0 } });
    expect(overview.series).toHaveLength(96);
    expect(overview.series.every(({ allowed, refused }) => allowed === 0 && refused === 0)).toBe(true);
  });

  it("says that all is well when the nodes serve what is live", async () => {
    await makeTenant(fleet.cp, "acme");
    const { token } = await fleet.cp.joinTokens.create(admin, { group: "default", label: "edge" });
    ({ nodeId } = await enrol(fleet.cp, key, token, Date.now(), { name: "edge-1" }));
    await beat(fleet.cp, key, nodeId, Date.now());
    await fleet.cp.draft.publish(admin, { comment: "First", base: null });
    const answer = await poll(fleet.cp, key, nodeId, nothingYet);
    if (answer.kind !== "update") throw new Error("expected an update");
    const { revision, epoch, rootHash, installationHash } = decodeJwt(answer.envelope) as {
      revision: number;
      epoch: number;
      rootHash: string;
      installationHash: string;
    };
    await poll(fleet.cp, key, nodeId, { ...nothingYet, revision, epoch, rootHash, installationHash });
    const overview = await fleet.cp.overview.get(admin);
    expect(overview.health).toEqual({ ok: true, sentence: ["All is well: 1 of 1 node serves, revision 1 is live."] });
    expect(overview.live).toEqual({ number: 1, applied: 1, targets: 1, state: "live", isStaged: false });
    expect(overview.figures).toMatchObject({ requestsPerSecond: 4.1, p50: 38, p95: 96, nodesServing: 1, nodesTotal: 1 });
    expect(overview.lastChanges[0]).toMatchObject({ action: "revision.publish", actorName: "Mara Okafor" });
  });

  it("draws the decisions of the last 24 hours, and the share that was refused in the last one", async () => {
    const node = await fleet.cp.nodeApi.authenticate(await nodeToken(key, nodeId, Date.now()));
    const count = (minutesAgo: number, result: string, many: number) => ({
      minute: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
      tenant: "acme",
      route: "all",
      result,
      count: many,
    });
    const counts = [count(5, "allow", 90), count(5, "token_expired", 10), count(300, "allow", 40), count(3_000, "allow", 1_000)];
    await fleet.cp.nodeApi.events(node, { batch: randomUUID(), events: [], counts, dropped: 0 });
    const { series, figures } = await fleet.cp.overview.get(admin);
    expect(series.reduce((sum, { allowed }) => sum + allowed, 0)).toBe(130);
    expect(series.reduce((sum, { refused }) => sum + refused, 0)).toBe(10);
    expect(figures.refusedShare).toBeCloseTo(0.1);
  });

  it("tells what is wrong at a node, and that a node is silent as soon as it misses three heartbeats", async () => {
    await beat(fleet.cp, key, nodeId, Date.now(), { problems: ["The disk is full."] });
    expect(await problems()).toEqual(["SP-NODE-008/edge-1"]);
    await beat(fleet.cp, key, nodeId, Date.now());
    expect(await problems()).toEqual([]);
    fleet.clock.advance(16_000);
    const overview = await fleet.cp.overview.get(admin);
    expect(overview.problems.map(({ id }) => id)).toEqual(["SP-NODE-001/edge-1"]);
    expect(overview.health.ok).toBe(false);
    fleet.clock.advance(-16_000);
  });

  it("tells that the draft cannot be published, and which tenants let nobody in", async () => {
    const scope = await fleet.cp.access.tenant(admin, "acme", "idp.write");
    const [provider] = await fleet.cp.objects.list(scope, "IdentityProvider");
    await makeTenant(fleet.cp, "globex");
    const other = await fleet.cp.access.tenant(admin, "globex", "idp.write");
    const [theirs] = await fleet.cp.objects.list(other, "IdentityProvider");
    // Not through the service that would see it at once: two who save at the same moment can come to this.
    const spec = { ...theirs?.spec, issuer: provider?.spec.issuer, audiences: provider?.spec.audiences };
    await fleet.data.fleet.identityProvider.updateMany({ where: { tenant: { slug: "globex" } }, data: { spec: JSON.parse(JSON.stringify(spec)) } });
    await fleet.cp.tenants.create(await fleet.cp.access.fleet(admin, "tenant.create"), { slug: "vandelay", spec: { displayName: "Vandelay" } });
    const overview = await fleet.cp.overview.get(admin);
    expect(overview.problems.map(({ id }) => id)).toEqual(["SP-CONF-001/draft", "SP-CONF-002/tenants"]);
    expect(overview.problems[1]?.title).toBe("vandelay has no identity provider");
  });

  it("shows each role what it may see", async () => {
    const viewer = await fleet.cp.overview.get(actorOf("viewer"));
    expect(viewer.lastChanges.length).toBeGreaterThan(0);
    await expect(fleet.cp.overview.get(actorOf("tenant_admin"))).rejects.toMatchObject({ code: "forbidden" });
  });
});
