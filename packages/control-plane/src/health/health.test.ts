import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { HeartbeatRequest } from "@sallyport/snapshot/protocol";
import { decodeJwt } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createControlPlane } from "../control-plane.js";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { enrol, makeNodeKey, type NodeKey, nodeToken, nothingYet } from "../testing/test-node.js";
import { CHECK_IDS, type CheckId, definitionOf } from "./catalogue.js";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await startTestFleet();
});
afterEach(() => fleet.close());

interface Node {
  readonly key: NodeKey;
  readonly id: string;
}
const now = () => fleet.clock.now();
async function joined(name: string): Promise<Node> {
  const key = await makeNodeKey();
  const { token } = await fleet.cp.joinTokens.create(admin, { group: "default", label: name });
  return { key, id: (await enrol(fleet.cp, key, token, now(), { name })).nodeId };
}
const caller = async ({ key, id }: Node) => fleet.cp.nodeApi.authenticate(await nodeToken(key, id, now()));
async function beat(node: Node, says: Partial<HeartbeatRequest> = {}): Promise<void> {
  const at = new Date(now()).toISOString();
  await fleet.cp.nodeApi.heartbeat(await caller(node), {
    ...{ revision: null, epoch: null, rootHash: null, version: "0.1.0", startedAt: at, clock: at, ready: true, draining: false },
    ...{ requestsPerSecond: 0, refusedPerSecond: 0, pipelineP50Us: null, pipelineP95Us: null, problems: [], jwks: [], renewsKey: true },
    ...says,
  });
}
const rows = () => fleet.cp.health.list(admin);
const rowOf = async (id: CheckId) => {
  const row = (await rows()).find((each) => each.id === id);
  if (row === undefined) throw new Error(`there is no ${id}`);
  return row;
};
const found = async () => (await rows()).flatMap(({ problems }) => problems.map(({ id }) => id)).sort();

describe("the catalogue", () => {
  it("says of each check what it looks at, why it fails and what to do, and the documents say the same", () => {
    const text = readFileSync(new URL("../../../../docs/health-checks.md", import.meta.url), "utf8");
    for (const id of CHECK_IDS) {
      const { title, looksAt, cause, fix } = definitionOf(id);
      for (const words of [title, looksAt, cause, fix]) expect(words.length, id).toBeGreaterThan(10);
      expect(text, id).toContain(`\n### ${id}\n\n**${title}** `);
      expect(text, id).toContain(`Looks at ${looksAt}.`);
      expect(text, id).toContain(`\n${cause} ${fix}\n`);
    }
  });
});

describe("a fresh installation", () => {
  it("has nothing that fails; what nobody can tell yet is unknown, and not ok", async () => {
    const states = Object.fromEntries((await rows()).map(({ id, state }) => [id, state]));
    expect(Object.keys(states)).toEqual(CHECK_IDS);
    expect(states).toMatchObject({ "SP-CTRL-001": "ok", "SP-CTRL-002": "unknown", "SP-CTRL-003": "unknown", "SP-NODE-001": "ok" });
    expect(await found()).toEqual([]);
    expect((await rowOf("SP-CTRL-003")).unknown).toContain("SALLYPORT_STATE_URL");
  });
});

describe("what nodes tell", () => {
  it("is found, and gone when it is over", async () => {
    const node = await joined("edge-1");
    expect(await found()).toEqual(["SP-NODE-002/edge-1"]);
    await beat(node, {
      problems: ["the state store cannot be reached"],
      clock: new Date(now() - 40_000).toISOString(),
      jwks: [
        {
          tenant: "acme",
          identityProvider: "main",
          state: "stale",
          kids: ["k"],
          fetchedAt: new Date(now() - 3_600_000).toISOString(),
          lastError: "timeout",
        },
        { tenant: "acme", identityProvider: "old", state: "expired", kids: [], fetchedAt: null, lastError: null },
        { tenant: "acme", identityProvider: "new", state: "failing", kids: [], fetchedAt: null, lastError: null },
      ],
    });
    expect(await found()).toEqual([
      "SP-KEYS-001/acme/old",
      "SP-KEYS-002/acme/main",
      "SP-KEYS-003/acme/new",
      "SP-NODE-006/edge-1",
      "SP-NODE-008/edge-1",
    ]);
    await beat(node);
    expect(await found()).toEqual([]);
    fleet.clock.advance(16_000);
    const [silent] = (await rowOf("SP-NODE-001")).problems;
    expect(silent?.since.getTime()).toBeLessThan(now() - 15_000);
    // What a silent node said last is not what is.
    expect(await found()).toEqual(["SP-NODE-001/edge-1"]);
  });

  it("about a version that is more than one apart is found, and one apart is not", async () => {
    const nodes = await Promise.all(["a", "b", "c"].map((name) => joined(name)));
    const versions = ["0.3.0", "0.2.9", "0.1.9"];
    for (const [index, node] of nodes.entries()) await beat(node, { version: versions[index] ?? "" });
    expect(await found()).toEqual(["SP-NODE-007/c"]);
  });

  it("about other content than the revision's own is found as drift", async () => {
    await makeTenant(fleet.cp, "acme");
    const node = await joined("edge-1");
    await beat(node);
    await fleet.cp.draft.publish(admin, { comment: "First", base: null });
    const answer = await fleet.cp.nodeApi.sync(await caller(node), nothingYet, { signal: new AbortController().signal });
    if (answer.kind !== "update") throw new Error("expected an update");
    const { revision, epoch, rootHash, installationHash } = decodeJwt<{
      revision: number;
      epoch: number;
      rootHash: string;
      installationHash: string;
    }>(answer.envelope);
    const runs = { revision, epoch, rootHash, installationHash };
    await fleet.cp.nodeApi.sync(await caller(node), { ...nothingYet, ...runs }, { signal: new AbortController().signal });
    await beat(node, { revision, epoch, rootHash });
    expect(await found()).toEqual([]);
    await beat(node, { revision, epoch, rootHash: "f".repeat(64) });
    expect(await found()).toEqual(["SP-NODE-005/edge-1"]);
    expect((await rowOf("SP-NODE-005")).severity).toBe("critical");
  });

  it("about renewals: a key that is old at a build that renews none, and one that was asked for in vain", async () => {
    const [old, asked] = [await joined("old"), await joined("asked")];
    await beat(asked);
    await fleet.cp.nodes.askToRenew(admin, { name: "asked" });
    await fleet.data.fleet.node.update({ where: { id: old.id }, data: { keySince: new Date(now() - 50 * DAY_MS) } });
    await beat(old, { renewsKey: undefined });
    expect(await found()).toEqual(["SP-NODE-009/old"]);
    fleet.clock.advance(11 * MINUTE_MS);
    await beat(old);
    await beat(asked);
    expect(await found()).toEqual(["SP-NODE-009/asked"]);
  });
});

describe("since when", () => {
  it("is kept over a restart and at another replica, and begins anew when it comes again", async () => {
    const node = await joined("edge-1");
    await beat(node, { problems: ["The disk is full."] });
    const first = (await rowOf("SP-NODE-008")).problems[0]?.since;
    fleet.clock.advance(4_000);
    await beat(node, { problems: ["The disk is still full."] });
    const replica = fleet.replica();
    const there = (await replica.health.list(admin)).find(({ id }) => id === "SP-NODE-008");
    expect(there?.problems[0]?.since).toEqual(first);
    expect(there?.since).toEqual(first);
    await beat(node);
    const well = await rowOf("SP-NODE-008");
    expect([well.state, well.since.getTime() > (first?.getTime() ?? 0)]).toEqual(["ok", true]);
    fleet.clock.advance(4_000);
    await beat(node, { problems: ["The disk is full."] });
    expect((await rowOf("SP-NODE-008")).problems[0]?.since.getTime()).toBeGreaterThan(well.since.getTime());
  });

  it("is not made up while nobody could look", async () => {
    await makeTenant(fleet.cp, "acme");
    await fleet.cp.tenants.create(await fleet.cp.access.fleet(admin, "tenant.create"), { slug: "bare", spec: { displayName: "Bare" } });
    const first = (await rowOf("SP-CONF-002")).problems[0]?.since;
    await fleet.owner().$executeRaw`alter table identity_provider rename to identity_provider_away`;
    fleet.clock.advance(MINUTE_MS);
    const unknown = await rowOf("SP-CONF-002");
    expect(unknown).toMatchObject({ state: "unknown", problems: [] });
    await fleet.owner().$executeRaw`alter table identity_provider_away rename to identity_provider`;
    expect((await rowOf("SP-CONF-002")).problems[0]?.since).toEqual(first);
  });
});

describe("a re-check", () => {
  it("of the change feed sends a notification and hears it", async () => {
    expect((await rowOf("SP-CTRL-002")).state).toBe("unknown");
    await expect.poll(async () => (await fleet.cp.health.recheck(admin, { id: "SP-CTRL-002" })).state).toBe("ok");
    expect((await rowOf("SP-CTRL-002")).state).toBe("ok");
  });

  it("of the master key opens what is sealed, for real", async () => {
    expect((await fleet.cp.health.recheck(admin, { id: "SP-CTRL-001" })).state).toBe("ok");
    const stranger = createControlPlane({ ...fleet.deps, masterKey: randomBytes(32) });
    const row = await stranger.health.recheck(admin, { id: "SP-CTRL-001" });
    expect(row).toMatchObject({ state: "fail", severity: "critical", problems: [{ id: "SP-CTRL-001/signing-key" }] });
    await stranger.close();
  });

  it("evaluates one check now, and is refused for one that is not there or not the caller's to see", async () => {
    const node = await joined("edge-1");
    await beat(node);
    fleet.clock.advance(20_000);
    const row = await fleet.cp.health.recheck(admin, { id: "SP-NODE-001" });
    expect([row.state, row.evaluatedAt.getTime() > now() - 5_000]).toEqual(["fail", true]);
    expect(await refusalOf(fleet.cp.health.recheck(admin, { id: "SP-NODE-999" as CheckId }))).toMatchObject({ code: "invalid" });
    expect(await refusalOf(fleet.cp.health.list(actorOf("tenant_admin")))).toMatchObject({ code: "forbidden" });
    expect((await fleet.cp.health.list(actorOf("viewer"))).length).toBe(CHECK_IDS.length);
  });
});

describe("credentials that are about to end", () => {
  it("are found before their end: join tokens for many nodes", async () => {
    await fleet.cp.joinTokens.create(admin, { group: "default", label: "autoscaling", kind: "reusable", expiresInMinutes: 2 * 24 * 60 });
    await fleet.cp.joinTokens.create(admin, { group: "default", label: "one node", kind: "one_off", expiresInMinutes: 5 });
    expect((await rowOf("SP-CRED-001")).state).toBe("ok");
    fleet.clock.advance(DAY_MS + MINUTE_MS);
    const [problem] = (await rowOf("SP-CRED-001")).problems;
    expect(problem?.title).toBe("The join token “autoscaling” is about to end");
    fleet.clock.advance(DAY_MS);
    expect((await rowOf("SP-CRED-001")).state).toBe("ok");
  });
});
