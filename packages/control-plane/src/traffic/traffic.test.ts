import { randomUUID } from "node:crypto";
import type { Arrival, LimitsRequest, PressedKey } from "@sallyport/snapshot/protocol";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { NodeActor } from "../node-api/node-api.js";
import { joinTestNode } from "../testing/join-test-node.js";
import { queryOwner } from "../testing/query-owner.js";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { KEPT_DAYS, KEPT_RECORDINGS } from "./recordings.js";
import { MAX_RECORDED } from "./take-traffic.js";

const MINUTE_MS = 60_000;

let fleet: TestFleet;
let node: NodeActor;
let other: NodeActor;
beforeAll(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
  await makeTenant(fleet.cp, "globex");
  await fleet.cp.config.apply(admin, {
    documents: [
      {
        apiVersion: "sallyport.dev/v1",
        kind: "RateLimitPolicy",
        metadata: { name: "first", tenant: "acme" },
        spec: { key: ["tenant"], limit: 1_000, burst: 100, order: 1 },
      },
    ],
  });
  await fleet.cp.draft.publish(admin, { comment: "Limits", base: null });
  [node, other] = [await joinTestNode(fleet, "node-1"), await joinTestNode(fleet, "node-2")];
});
afterAll(() => fleet.close());

const scopeOf = (slug: string, permission: "policy.write" | "tenant.read" = "policy.write") => fleet.cp.access.tenant(admin, slug, permission);
const everywhere = () => fleet.cp.access.fleet(admin, "fleet.write");
/** What a node tells; its identity is the wire's business. */
const tell = (from: NodeActor, more: Partial<LimitsRequest>) =>
  fleet.cp.nodeApi.limits(from, { batch: randomUUID(), keys: [], traffic: [], ...more });
/** What a node hears that it should record: a second after whatever was before, since what all ask for is read once a second. */
async function toRecord(from: NodeActor) {
  fleet.clock.advance(1_001);
  return (await tell(from, {})).recordings;
}
const arrivalsOf = (count: number, { everyMs = 10, address = "192.0.2.1", ...more }: { everyMs?: number } & Partial<Arrival> = {}): Arrival[] =>
  Array.from({ length: count }, (_, at) => ({ at: Math.round(fleet.clock.now() + at * everyMs), route: "all", address, ...more }));
const start = async (slug = "acme", minutes = 5) => fleet.cp.trafficRecordings.start(await scopeOf(slug), { minutes });
const stop = async (id: string, slug = "acme") => fleet.cp.trafficRecordings.stop(await scopeOf(slug), { id });
const list = async (slug = "acme") => fleet.cp.trafficRecordings.list(await scopeOf(slug));
const BY_ADDRESS = { key: ["client_ip" as const], limit: 10, windowSeconds: 1, burst: 10 };

describe("who presses on a limit", () => {
  const pressed = (address: string, over: number, near = 0, more: Partial<PressedKey> = {}): PressedKey => ({
    ...{ tenant: "acme", policy: "login", key: { address }, over, near, unseen: 0 },
    ...more,
  });

  it("is added up over nodes and reports, those that were over first; a report that comes twice counts once", async () => {
    const batch = randomUUID();
    const keys = [pressed("192.0.2.1", 5, 1), pressed("192.0.2.2", 0, 90)];
    await Promise.all([tell(node, { batch, keys }), tell(node, { batch, keys }), tell(other, { keys: [pressed("192.0.2.1", 2, 0, { unseen: 3 })] })]);
    const { keys: told } = await fleet.cp.pressedKeys.topOf(await scopeOf("acme"), { policy: "login" });
    expect(told).toEqual([
      { key: { address: "192.0.2.1" }, over: 7, near: 1, unseen: 3 },
      { key: { address: "192.0.2.2" }, over: 0, near: 90, unseen: 0 },
    ]);
  });

  it("is the tenant's to see where the policy is the tenant's, and the fleet's where it is the fleet's", async () => {
    await tell(node, { keys: [pressed("192.0.2.9", 4, 0, { tenant: null })] });
    expect((await fleet.cp.pressedKeys.topOf(await scopeOf("globex"), { policy: "login" })).keys).toEqual([]);
    const { keys } = await fleet.cp.pressedKeys.topOfFleet(await everywhere(), { policy: "login" });
    expect(keys).toEqual([{ key: { address: "192.0.2.9" }, over: 4, near: 0, unseen: 0 }]);
    const viewer = await fleet.cp.access.fleet(actorOf("viewer"), "tenant.read");
    expect(await fleet.cp.pressedKeys.topOfFleet(viewer, { policy: "login", hours: 24 })).toMatchObject({ keys });
  });

  it("is bounded in what is kept, and forgotten after a day", async () => {
    const flood = Array.from({ length: 400 }, (_, at) => pressed(`198.51.100.${at}`, at + 1, 0, { policy: "flood" }));
    await tell(node, { keys: flood });
    fleet.clock.advance(16 * MINUTE_MS);
    await tell(node, {});
    const kept = () => queryOwner<{ n: number }>(fleet, "SELECT count(*)::int AS n FROM pressed_key WHERE policy = 'flood'");
    expect(await kept()).toEqual([{ n: 100 }]);
    const { keys } = await fleet.cp.pressedKeys.topOf(await scopeOf("acme"), { policy: "flood" });
    expect([keys.length, keys[0]?.over]).toEqual([20, 400]);
    fleet.clock.advance(26 * 60 * MINUTE_MS);
    await tell(node, {});
    expect(await kept()).toEqual([{ n: 0 }]);
  });
});

describe("a recording", () => {
  it("is what nodes are asked for until it ends; there is one of a tenant at a time, and its start and end are in the audit log", async () => {
    const recording = await start();
    expect(recording).toMatchObject({ state: "running", routes: [], requests: 0, lost: 0, nodes: 0, startedBy: "Mara Okafor" });
    expect(await toRecord(node)).toEqual([{ id: recording.id, tenant: "acme", routes: [], until: recording.endsAt.toISOString() }]);
    expect((await refusalOf(start())).code).toBe("precondition");
    expect((await refusalOf(stop(recording.id, "globex"))).code).toBe("not_found");
    expect(await stop(recording.id)).toMatchObject({ state: "ended" });
    expect(await toRecord(node)).toEqual([]);
    expect((await refusalOf(stop(recording.id))).code).toBe("precondition");
    const { items } = await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { limit: 2 });
    expect(items.map(({ action, tenant }) => [action, tenant])).toEqual([
      ["traffic_recording.stop", "acme"],
      ["traffic_recording.start", "acme"],
    ]);
  });

  it("concerns nodes that have the tenant: others do not hear of it, and what they tell of it or its keys is not taken down", async () => {
    await fleet.cp.groups.put(await everywhere(), "elsewhere", { version: null, spec: { displayName: "Elsewhere", tenants: ["globex"] } });
    const stranger = await joinTestNode(fleet, "node-3", "elsewhere");
    const [acmes, globexs] = [await start("acme"), await start("globex")];
    const ids = async (from: NodeActor) => (await toRecord(from)).map(({ id }) => id).sort();
    await vi.waitFor(async () => expect(await ids(stranger)).toEqual([globexs.id]));
    expect(await ids(node)).toEqual([acmes.id, globexs.id].sort());
    const key = { policy: "border", key: { address: "192.0.2.66" }, over: 1, near: 0, unseen: 0 };
    await tell(stranger, {
      keys: [
        { ...key, tenant: "acme" },
        { ...key, tenant: null, key: { tenant: "acme" } },
        { ...key, tenant: "globex" },
      ],
      traffic: [acmes, globexs].map(({ id }) => ({ recording: id, arrivals: arrivalsOf(5), lost: 1 })),
    });
    expect([(await list("acme"))[0], (await list("globex"))[0]]).toMatchObject([
      { id: acmes.id, requests: 0, lost: 0 },
      { id: globexs.id, requests: 5, lost: 1 },
    ]);
    const keysAt = async (slug: string) => (await fleet.cp.pressedKeys.topOf(await scopeOf(slug), { policy: "border" })).keys.length;
    expect([await keysAt("acme"), await keysAt("globex")]).toEqual([0, 1]);
    expect((await fleet.cp.pressedKeys.topOfFleet(await everywhere(), { policy: "border" })).keys).toEqual([]);
    await fleet.cp.trafficRecordings.remove(await scopeOf("acme"), { id: acmes.id });
    await fleet.cp.trafficRecordings.remove(await scopeOf("globex"), { id: globexs.id });
  });

  it("holds what nodes told, each report once, up to its end, and says how much is lost; another tenant sees nothing of it", async () => {
    const { id } = await start();
    const batch = randomUUID();
    const traffic = [{ recording: id, arrivals: arrivalsOf(30), lost: 2 }];
    await Promise.all([tell(node, { batch, traffic }), tell(node, { batch, traffic }), tell(other, { traffic })]);
    expect((await list())[0]).toMatchObject({ id, requests: 60, lost: 4, nodes: 2 });
    expect(await list("globex")).toEqual([]);
    fleet.clock.advance(1_000);
    await stop(id);
    await tell(node, {
      traffic: [{ recording: id, arrivals: [...arrivalsOf(1, {}), { ...arrivalsOf(1)[0], at: fleet.clock.now() + 60_000 } as Arrival], lost: 0 }],
    });
    expect((await list())[0]?.requests).toBeLessThanOrEqual(61);
    await fleet.cp.trafficRecordings.remove(await scopeOf("acme"), { id });
    // What is still on its way to it is nobody's.
    await tell(node, { traffic });
    expect((await list()).map((each) => each.id)).not.toContain(id);
  });

  it("ends when it is full; the oldest makes room for a new one, and after some days it is gone", async () => {
    const { id } = await start();
    const each = arrivalsOf(10_000, { everyMs: 0 });
    for (let told = 0; told < MAX_RECORDED; told += each.length) await tell(node, { traffic: [{ recording: id, arrivals: each, lost: 0 }] });
    expect((await list())[0]).toMatchObject({ id, state: "full", requests: MAX_RECORDED });
    expect(await toRecord(node)).toEqual([]);
    for (let at = 0; at < KEPT_RECORDINGS; at += 1) await stop((await start()).id);
    const kept = await list();
    expect(kept).toHaveLength(KEPT_RECORDINGS);
    expect(kept.map((row) => row.id)).not.toContain(id);
    fleet.clock.advance(KEPT_DAYS * 24 * 60 * MINUTE_MS + MINUTE_MS);
    await tell(node, {});
    expect(await list()).toEqual([]);
  });
});

describe("a simulation", () => {
  it("says what a policy would have done, by minute and by key, and what the record is", async () => {
    const { id } = await start();
    // 100 a second for ten seconds, of 10 a second and 10 at once; and one a second, which stays within.
    const busy = arrivalsOf(1_000);
    const quiet = arrivalsOf(10, { everyMs: 1_000, address: "2001:db8:1:2::9" });
    await tell(node, { traffic: [{ recording: id, arrivals: [...busy.slice(0, 500), ...quiet], lost: 3 }] });
    await tell(other, { traffic: [{ recording: id, arrivals: busy.slice(500), lost: 0 }] });
    fleet.clock.advance(20_000);
    await stop(id);
    const told = await fleet.cp.simulations.ofTenant(await scopeOf("acme"), { recording: id, name: "tried", spec: BY_ADDRESS });
    expect(told).toMatchObject({ tenant: "acme", counted: 1_010, unseen: 0, keysTotal: 2, keysOver: 1 });
    expect(told.record).toMatchObject({ requests: 1_010, lost: 3, nodes: 2, full: false, routes: [] });
    // Ten at once, and ten a second.
    expect(Math.abs(told.over - (1_000 - 10 - 99))).toBeLessThanOrEqual(2);
    expect(told.keys.map(({ key, requests }) => [key, requests])).toEqual([
      [{ address: "192.0.2.1" }, 1_000],
      [{ address: "2001:db8:1:2::/64" }, 10],
    ]);
    expect(told.minutes.reduce((sum, { passed, over }) => sum + passed + over, 0)).toBe(1_010);
    expect(told.first?.key).toEqual({ address: "192.0.2.1" });
    const each = await fleet.cp.simulations.ofFleet(await everywhere(), { tenant: "acme", recording: id, name: "tried", spec: BY_ADDRESS });
    expect([each.counted, each.over]).toEqual([told.counted, told.over]);
    const ofGlobex = { tenant: "globex", recording: id, name: "tried", spec: BY_ADDRESS };
    expect((await refusalOf(fleet.cp.simulations.ofFleet(await everywhere(), ofGlobex))).code).toBe("not_found");
  });

  it("leaves out what an earlier limit refused, and who is exempt; a policy's own refusals are looked at again", async () => {
    const { id } = await start();
    const refusedBy = { policy: "first", ofFleet: false };
    const arrivals = [...arrivalsOf(20, { refusedBy }), ...arrivalsOf(5, { address: "203.0.113.5", apiKey: "acme/nightly" })];
    await tell(node, { traffic: [{ recording: id, arrivals, lost: 0 }] });
    const scope = await scopeOf("acme");
    const simulate = (name: string, spec: Record<string, unknown>) =>
      fleet.cp.simulations.ofTenant(scope, { recording: id, name, spec: { ...BY_ADDRESS, ...spec } });
    expect(await simulate("tried", {})).toMatchObject({ counted: 5, unseen: 20 });
    expect(await simulate("tried", { order: 0 })).toMatchObject({ counted: 25, unseen: 0 });
    expect(await simulate("first", { order: 1 })).toMatchObject({ counted: 25, unseen: 0 });
    expect(await simulate("tried", { order: 0, exempt: { apiKeys: ["nightly"] } })).toMatchObject({ counted: 20 });
    expect(await simulate("tried", { order: 0, routes: ["none"] })).toMatchObject({ counted: 0, over: 0, first: null, keys: [] });
    await stop(id);
  });

  it("says what is missing: a record with nothing in it, a tenant that nodes do not know, a policy that is none", async () => {
    const { id } = await start();
    const scope = await scopeOf("acme");
    const tried = { recording: id, name: "tried", spec: BY_ADDRESS };
    expect(await refusalOf(fleet.cp.simulations.ofTenant(scope, tried))).toMatchObject({
      code: "precondition",
      message: expect.stringContaining("Nothing is recorded"),
    });
    expect(await refusalOf(fleet.cp.simulations.ofTenant(scope, { ...tried, spec: { ...BY_ADDRESS, burst: 0 } }))).toMatchObject({
      code: "invalid",
      issues: [{ path: "spec.burst" }],
    });
    expect((await refusalOf(fleet.cp.simulations.ofTenant(scope, { ...tried, recording: randomUUID() }))).code).toBe("not_found");
    await makeTenant(fleet.cp, "initech");
    const fresh = await start("initech");
    const unknown = fleet.cp.simulations.ofTenant(await scopeOf("initech"), { ...tried, recording: fresh.id });
    expect(await refusalOf(unknown)).toMatchObject({ code: "precondition", message: expect.stringContaining("do not know initech") });
  });
});
