import type { SyncRequest, SyncResponse } from "@sallyport/snapshot/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ControlPlane } from "../control-plane.js";
import { admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { enrol, makeNodeKey, type NodeKey, nodeToken, nothingYet } from "../testing/test-node.js";

const UNCHANGED = { kind: "unchanged", retryAfterMs: 0 };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("a poll that says the same as the one before", () => {
  let fleet: TestFleet;
  let key: NodeKey;
  let nodeId: string;
  let token: string;

  beforeAll(async () => {
    fleet = await startTestFleet();
    key = await makeNodeKey();
    const { token: joinToken } = await fleet.cp.joinTokens.create(admin, { group: "default", label: "test" });
    nodeId = (await enrol(fleet.cp, key, joinToken, Date.now(), { name: "edge-1" })).nodeId;
    token = await nodeToken(key, nodeId, Date.now());
    await makeTenant(fleet.cp, "acme");
  });
  afterAll(() => fleet.close());

  /** As the console answers one: `idle` where nothing of it was read. */
  async function answered(request: SyncRequest, cp: ControlPlane = fleet.cp): Promise<SyncResponse | "idle"> {
    const body = Buffer.from(JSON.stringify(request));
    const node = await cp.nodeApi.authenticate(token);
    if (cp.nodeApi.isIdle(node, body)) return "idle";
    return cp.nodeApi.sync(node, request, { signal: new AbortController().signal, body });
  }

  it("is not read again, and one that says anything else is", async () => {
    expect(await answered(nothingYet)).toEqual(UNCHANGED);
    expect(await answered(nothingYet)).toBe("idle");
    const other = { ...nothingYet, schemaVersions: [1, 2] };
    expect(await answered(other)).toEqual(UNCHANGED);
    expect(await answered(other)).toBe("idle");
    expect(await answered(nothingYet)).toEqual(UNCHANGED);
  });

  it("is read each time when it waits, or reports on a delivery", async () => {
    const waiting = { ...nothingYet, waitMs: 5 };
    const errors = [{ code: "compile_failed" as const, path: "fleet", message: "no" }];
    const reporting: SyncRequest = { ...nothingYet, delivery: { outcome: "nack", revision: 1, epoch: 1, errors } };
    for (const request of [waiting, waiting, reporting, reporting]) expect(await answered(request)).toEqual(UNCHANGED);
  });

  it("is known of one replica only, and of none to another node", async () => {
    await answered(nothingYet);
    expect(await answered(nothingYet)).toBe("idle");
    expect(await answered(nothingYet, fleet.replica())).toEqual(UNCHANGED);
    const other = await makeNodeKey();
    const { token: joinToken } = await fleet.cp.joinTokens.create(admin, { group: "default", label: "other" });
    const { nodeId: id } = await enrol(fleet.cp, other, joinToken, Date.now(), { name: "edge-2" });
    const node = await fleet.cp.nodeApi.authenticate(await nodeToken(other, id, Date.now()));
    expect(fleet.cp.nodeApi.isIdle(node, Buffer.from(JSON.stringify(nothingYet)))).toBe(false);
  });

  it("stays known while the node's record is renewed and says the same, and no longer", async () => {
    await answered(nothingYet);
    const node = await fleet.cp.nodeApi.authenticate(token);
    for (let round = 0; round < 3; round++) {
      // Half of the time that a record is kept: the look renews it, and without that the second would find nothing.
      fleet.clock.advance(3_000);
      expect(await answered(nothingYet)).toBe("idle");
      await pause(500);
    }
    expect(await fleet.cp.nodeApi.authenticate(token)).toBe(node);
    await fleet.data.fleet.node.update({ where: { id: nodeId }, data: { nackedRevision: 7 } });
    fleet.clock.advance(3_000);
    await answered(nothingYet);
    await pause(500);
    expect(await answered(nothingYet)).toEqual(UNCHANGED);
  });

  it("gets a revision as soon as there is one", async () => {
    await answered(nothingYet);
    expect(await answered(nothingYet)).toBe("idle");
    const { revision } = await fleet.cp.draft.publish(admin, { comment: "First", base: null });
    expect(revision).toBe(1);
    await expect.poll(() => answered(nothingYet), { timeout: 2_000 }).toMatchObject({ kind: "update" });
  });

  it("is refused once the node is revoked", async () => {
    await fleet.cp.nodes.revoke(admin, { name: "edge-1" });
    await expect(answered(nothingYet)).rejects.toMatchObject({ code: "unauthenticated" });
  });
});
