import { randomUUID } from "node:crypto";
import { withFleet } from "@sallyport/data";
import type { EventsRequest, SecurityEvent } from "@sallyport/snapshot/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ServiceError } from "../errors.js";
import type { NodeActor } from "../node-api/node-api.js";
import { joinTestNode } from "../testing/join-test-node.js";
import { actorOf, admin, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

const failure = async (work: Promise<unknown>): Promise<ServiceError> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ServiceError);
  return error as ServiceError;
};

const event = (more: Partial<SecurityEvent> = {}): SecurityEvent => ({
  id: randomUUID(),
  kind: "cross_tenant_attempt",
  at: new Date().toISOString(),
  count: 1,
  tenant: "globex",
  tokenTenant: "acme",
  identityProvider: "main",
  route: "all",
  code: "tenant_mismatch",
  requestId: "r-1",
  clientIp: "203.0.113.41",
  subject: "auth0|61f0",
  issuer: "https://login.acme.example",
  method: "GET",
  path: "/v1/things",
  userAgent: "acme-pos/8.2",
  tokenHash: "7f19aa00c0ffee04",
  detail: "tenant_id is acme, asked for globex",
  ...more,
});
const batch = (events: SecurityEvent[], more: Partial<EventsRequest> = {}): EventsRequest => ({
  batch: randomUUID(),
  events,
  counts: [],
  dropped: 0,
  ...more,
});

describe("security events and alerts", () => {
  let fleet: TestFleet;
  let node: NodeActor;
  let other: NodeActor;
  const reviewer = actorOf("security_reviewer", "Sana Virtanen");

  const only = async (query: string) => {
    const { items } = await fleet.cp.alerts.list(reviewer, { query });
    expect(items).toHaveLength(1);
    const [alert] = items;
    if (alert === undefined) throw new Error("no alert");
    return alert;
  };

  beforeAll(async () => {
    fleet = await startTestFleet();
    node = await joinTestNode(fleet, "edge-1");
    other = await joinTestNode(fleet, "edge-2");
  });
  afterAll(() => fleet.close());

  it("counts a batch once however often it is sent, also at once at two replicas", async () => {
    const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString();
    const counts = [{ minute, tenant: "globex", route: null, result: "tenant_mismatch", count: 3 }];
    const sent = batch([event(), event()], { counts });
    const replica = fleet.replica();
    const answers = await Promise.all([fleet.cp, replica, fleet.cp, replica].map((cp) => cp.nodeApi.events(node, sent)));
    expect(answers.map(({ accepted }) => accepted).sort()).toEqual([0, 0, 0, 2]);
    expect((await only("Token of acme used at globex")).count).toBe(2);
    const stored = await withFleet(fleet.data.fleet, (tx) => tx.decisionCount.findMany({ where: { tenantSlug: "globex" } }));
    expect(stored.map(({ count }) => Number(count))).toEqual([3]);
  });

  it("counts an event once in whatever batch it comes", async () => {
    const again = event();
    await fleet.cp.nodeApi.events(node, batch([again]));
    expect(await fleet.cp.nodeApi.events(node, batch([again, event()]))).toEqual({ accepted: 1, duplicates: 1 });
    expect((await only("Token of acme used at globex")).count).toBe(4);
  });

  it("counts what an event counts, once, in the alert, its history and the histogram", async () => {
    const flood = event({ kind: "unknown_key_flood", tenant: "initech", tokenTenant: null, code: null, count: 412 });
    await fleet.cp.nodeApi.events(node, batch([flood]));
    await fleet.cp.nodeApi.events(node, batch([flood, event({ ...flood, id: randomUUID(), count: 30 })]));
    const alert = await only("Flood of unknown keys at main of initech");
    expect(alert.count).toBe(442);
    const { events, history } = await fleet.cp.alerts.get(reviewer, alert.number);
    expect(events.map(({ count }) => count).sort()).toEqual([30, 412]);
    expect(history.map(({ note }) => note)).toEqual(["412 events from edge-1"]);
    const to = new Date(Date.now() + 60_000);
    const { buckets } = await fleet.cp.alerts.histogram(reviewer, { from: new Date(to.getTime() - 7_200_000), to, buckets: 2 });
    expect(buckets.reduce((sum, { high }) => sum + high, 0)).toBe(442);
    const huge = Array.from({ length: 3 }, () => event({ ...flood, id: randomUUID(), count: 1_000_000_000 }));
    await fleet.cp.nodeApi.events(node, batch(huge));
    expect((await only("Flood of unknown keys at main of initech")).count).toBe(2_147_483_647);
    await withFleet(fleet.data.fleet, async (tx) => {
      await tx.securityEvent.deleteMany({ where: { kind: "unknown_key_flood" } });
      await tx.alert.deleteMany({ where: { kind: "unknown_key_flood" } });
    });
  });

  it("takes an event of a node that does not count yet for one", async () => {
    const { count: _count, ...old } = event({ tenant: "stark", tokenTenant: "wayne" });
    await fleet.cp.nodeApi.events(node, { batch: randomUUID(), events: [old], counts: [], dropped: 0 });
    expect((await only("Token of wayne used at stark")).count).toBe(1);
    await withFleet(fleet.data.fleet, async (tx) => {
      await tx.securityEvent.deleteMany({ where: { tenantSlug: "stark" } });
      await tx.alert.deleteMany({ where: { tenantSlug: "stark" } });
    });
  });

  it("makes one alert of one story, whoever reports it, and another of another pair of tenants", async () => {
    await Promise.all([
      fleet.cp.nodeApi.events(node, batch([event({ clientIp: "203.0.113.50" }), event({ tenant: "acme", tokenTenant: "hooli" })])),
      fleet.cp.nodeApi.events(other, batch([event({ tenant: "acme", tokenTenant: "hooli" }), event({ clientIp: "203.0.113.51" })])),
    ]);
    const { items, counts } = await fleet.cp.alerts.list(reviewer, {});
    expect(items.map(({ title, count }) => [title, count]).sort()).toEqual([
      ["Token of acme used at globex", 6],
      ["Token of hooli used at acme", 2],
    ]);
    expect(counts).toMatchObject({ needsSomebody: 2, open: 2, crossTenant: 2, closed: 0 });
    const detail = await fleet.cp.alerts.get(reviewer, items.find(({ count }) => count === 6)?.number ?? 0);
    expect(detail.evidence?.clientIps.sort()).toEqual(["203.0.113.41", "203.0.113.50", "203.0.113.51"]);
    expect(detail.evidence?.nodes.sort()).toEqual(["edge-1", "edge-2"]);
    expect(detail.events).toHaveLength(6);
    expect(detail.history.map(({ action }) => action)).toEqual(["opened"]);
  });

  it("goes from open to acknowledged to closed with a reason, each noted with who did it", async () => {
    const alert = await only("Token of hooli");
    const taken = await fleet.cp.alerts.acknowledge(reviewer, { number: alert.number, version: alert.version, note: "asked hooli" });
    expect(taken.status).toBe("acknowledged");
    expect((await failure(fleet.cp.alerts.close(reviewer, { number: alert.number, version: taken.version, reason: " " }))).issues[0]?.path).toBe(
      "reason",
    );
    const closed = await fleet.cp.alerts.close(reviewer, { number: alert.number, version: taken.version, reason: "their test system" });
    expect(closed.status).toBe("closed");
    const { alert: now, history } = await fleet.cp.alerts.get(reviewer, alert.number);
    expect(now).toMatchObject({ closedBy: "Sana Virtanen", closeReason: "their test system" });
    expect(history.map(({ action, note }) => [action, note])).toEqual([
      ["closed", "their test system"],
      ["acknowledged", "asked hooli"],
      ["opened", expect.stringContaining("from edge-")],
    ]);
    const audited = await withFleet(fleet.data.fleet, (tx) => tx.auditRecord.findMany({ where: { targetKind: "Alert" }, orderBy: { id: "asc" } }));
    expect(audited.map(({ action, targetName }) => `${action} ${targetName}`)).toEqual([
      `alert.acknowledge A-${alert.number}`,
      `alert.close A-${alert.number}`,
    ]);
  });

  it("opens again by itself when it happens again after it was closed, and not for what happened before", async () => {
    const late = event({ tenant: "acme", tokenTenant: "hooli", at: new Date(Date.now() - 3_600_000).toISOString() });
    await fleet.cp.nodeApi.events(node, batch([late]));
    expect((await only("Token of hooli")).status).toBe("closed");
    await fleet.cp.nodeApi.events(node, batch([event({ tenant: "acme", tokenTenant: "hooli", at: new Date(Date.now() + 1_000).toISOString() })]));
    const alert = await only("Token of hooli");
    expect(alert).toMatchObject({ status: "open", count: 4 });
    expect((await fleet.cp.alerts.get(reviewer, alert.number)).history[0]?.action).toBe("reopened");
  });

  it("tells the second of two people that the first was quicker", async () => {
    const alert = await only("Token of acme");
    const seen = { number: alert.number, version: alert.version };
    const results = await Promise.allSettled([fleet.cp.alerts.acknowledge(reviewer, seen), fleet.cp.alerts.acknowledge(admin, seen)]);
    const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason as ServiceError] : []));
    expect(refused.map(({ code }) => code)).toEqual(["conflict"]);
    expect(refused[0]?.current).toMatchObject({ status: "acknowledged", version: alert.version + 1 });
  });

  it("changes many at once and names those that were not in a state for it", async () => {
    const [a, b] = [await only("Token of acme"), await only("Token of hooli")];
    const { changed, skipped } = await fleet.cp.alerts.bulk(reviewer, { action: "acknowledge", numbers: [a.number, b.number] });
    expect(changed.map(({ number }) => number)).toEqual([b.number]);
    expect(skipped).toEqual([a.number]);
  });

  it("assigns to people who can sign in, and only to them", async () => {
    const alert = await only("Token of acme");
    const seen = { number: alert.number, version: alert.version };
    expect((await failure(fleet.cp.alerts.assign(reviewer, { ...seen, personId: randomUUID() }))).issues[0]?.path).toBe("personId");
    const id = randomUUID();
    await withFleet(fleet.data.fleet, (tx) => tx.person.create({ data: { id, email: "sana@ledgerline.example", displayName: "Sana Virtanen" } }));
    expect((await fleet.cp.alerts.assign(reviewer, { ...seen, personId: id })).assigneeName).toBe("Sana Virtanen");
  });

  it("takes in whatever strangers put into claims and headers, and does not believe a clock that is ahead", async () => {
    const hostile = "\u0000\ud800</script>'; drop table alert; --\uffff";
    const texts = { issuer: hostile, subject: hostile, userAgent: hostile, path: hostile, detail: hostile, requestId: hostile };
    const at = new Date(Date.now() + 86_400_000).toISOString();
    const sent = event({ ...texts, kind: "algorithm_attack", tenant: "stark", tokenTenant: null, at });
    expect(await fleet.cp.nodeApi.events(node, batch([sent]))).toEqual({ accepted: 1, duplicates: 0 });
    const alert = await only("Forged algorithm");
    expect(alert.lastSeenAt.getTime()).toBeLessThanOrEqual(Date.now());
    const { events } = await fleet.cp.alerts.get(reviewer, alert.number);
    expect(events[0]?.issuer).toBe("\ufffd\ufffd</script>'; drop table alert; --\uffff");
  });

  it("reports what a node had to drop as an alert of that node", async () => {
    await fleet.cp.nodeApi.events(node, batch([], { dropped: 12 }));
    const alert = await only("events go");
    expect(alert).toMatchObject({ kind: "events_dropped", severity: "medium", tenant: null });
    expect((await fleet.cp.alerts.get(reviewer, alert.number)).events[0]?.detail).toContain("12 security events");
  });

  it("pages by keyset without losing or repeating one", async () => {
    const events = Array.from({ length: 25 }, (_, index) => event({ tenant: `t-${index}`, tokenTenant: null, kind: "tenant_conflict" }));
    await fleet.cp.nodeApi.events(node, batch(events));
    const seen: number[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await fleet.cp.alerts.list(reviewer, { kind: "tenant_conflict", limit: 10, ...(cursor ? { cursor } : {}) });
      seen.push(...page.items.map(({ number }) => number));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
  });

  it("draws every event into the histogram's buckets", async () => {
    const to = new Date(Date.now() + 60_000);
    const from = new Date(to.getTime() - 7_200_000);
    const { buckets, total } = await fleet.cp.alerts.histogram(reviewer, { from, to, buckets: 48 });
    expect(buckets).toHaveLength(48);
    expect(buckets.reduce((sum, { critical, high, medium, low }) => sum + critical + high + medium + low, 0)).toBe(total);
    expect(total).toBe(37);
  });

  it("shows alerts to those who may read them, and lets only reviewers and operators act", async () => {
    const alert = await only("Token of acme");
    const viewer = actorOf("viewer");
    expect((await fleet.cp.alerts.list(viewer, {})).items.length).toBeGreaterThan(0);
    expect((await failure(fleet.cp.alerts.close(viewer, { number: alert.number, version: alert.version, reason: "x" }))).code).toBe("forbidden");
    expect((await failure(fleet.cp.alerts.list(actorOf("tenant_admin"), {}))).code).toBe("forbidden");
  });
});
