import { afterAll, beforeAll, expect, it } from "vitest";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

const MINUTE_MS = 60_000;
const NODE = "0198f0a0-0000-7000-8000-0000000000aa";

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
  await makeTenant(fleet.cp, "globex");
});
afterAll(() => fleet.close());

const scopeOf = (slug: string) => fleet.cp.access.tenant(admin, slug, "tenant.read");
const document = (kind: string, metadata: object, spec: object) => ({ apiVersion: "sallyport.dev/v1", kind, metadata, spec });

/** What nodes have reported of a minute so many minutes ago. */
async function report(rows: readonly [minutesAgo: number, tenantSlug: string, route: string, result: string, count: number][]): Promise<void> {
  const minute = Math.floor(fleet.clock.now() / MINUTE_MS) * MINUTE_MS;
  await fleet.data.fleet.decisionCount.createMany({
    data: rows.map(([minutesAgo, tenantSlug, route, result, count]) => ({
      ...{ minute: new Date(minute - minutesAgo * MINUTE_MS), nodeId: NODE, tenantSlug, route, result, count },
    })),
  });
}

it("says of a tenant that was never published that nothing limits it yet", async () => {
  expect(await fleet.cp.limitUses.ofTenant(await scopeOf("globex"))).toEqual({
    revision: null,
    limits: [],
    refused: { last15Minutes: 0, last24Hours: 0 },
  });
});

it("says how much of each published limit a tenant uses, with the numbers that hold for it, and of which nobody can say", async () => {
  const inAcme = (name: string, spec: object) => document("RateLimitPolicy", { name, tenant: "acme" }, spec);
  const documents = [
    document(
      "RateLimitPolicy",
      { name: "plan" },
      { key: ["tenant"], limit: 100, burst: 10, order: 1, overrides: { plans: {}, tenants: { acme: { limit: 10, burst: 5 } } } },
    ),
    document("RateLimitPolicy", { name: "everybody" }, { key: ["global"], limit: 10_000, burst: 10 }),
    inAcme("address", { key: ["client_ip", "tenant"], limit: 5, burst: 5 }),
    inAcme("each-route", { key: ["route"], limit: 60, windowSeconds: 60, burst: 5 }),
    inAcme("own-count", { key: ["tenant"], limit: 10, burst: 5, scope: "node" }),
  ];
  await fleet.cp.config.apply(admin, { documents });
  await fleet.cp.draft.publish(admin, { comment: "Limits", base: null });
  await report([
    [1, "acme", "main", "allow", 900],
    [5, "acme", "main", "allow", 500],
    [3, "acme", "main", "rate_limited", 100],
    // Nobody who was refused before was counted, and what is a sixth minute ago is not now.
    [2, "acme", "main", "invalid_token", 50_000],
    [6, "acme", "main", "allow", 40_000],
    [0, "acme", "main", "allow", 70_000],
    [2, "acme", "other", "allow", 30],
    [2, "globex", "main", "allow", 60_000],
    [120, "acme", "other", "allow", 90_000],
    [120, "acme", "other", "rate_limited", 7],
  ]);
  const { revision, limits, refused } = await fleet.cp.limitUses.ofTenant(await scopeOf("acme"));
  expect(revision).toBe(1);
  expect(refused).toEqual({ last15Minutes: 100, last24Hours: 107 });
  expect(limits.map(({ policy, ofFleet, unknown }) => [policy, ofFleet, unknown])).toEqual([
    ["plan", true, null],
    ["everybody", true, "across_tenants"],
    ["address", false, "by_caller"],
    ["each-route", false, null],
    ["own-count", false, "by_node"],
  ]);
  const [plan, everybody, address, eachRoute] = limits;
  // 1,530 in 300 s, of 10 a second; the tenant's own number, not the policy's.
  expect(plan?.spec).toMatchObject({ limit: 10, burst: 5, windowSeconds: 1 });
  expect(plan?.now).toEqual({ share: 0.51, route: null });
  expect([everybody?.now, everybody?.busiest, address?.now, address?.busiest]).toEqual([null, null, null, null]);
  // 1,500 in 300 s, of 60 in 60 s; the busiest quarter was that of the other route.
  expect(eachRoute?.now).toEqual({ share: 5, route: "main" });
  expect(eachRoute?.busiest).toMatchObject({ share: 90_007 / 900, route: "other" });
  const at = eachRoute?.busiest?.at.getTime() ?? 0;
  expect(at % (15 * MINUTE_MS)).toBe(0);
  expect(Math.abs(fleet.clock.now() - 120 * MINUTE_MS - at)).toBeLessThanOrEqual(17 * MINUTE_MS);
});

it("names the tenants that limits refuse most, for whoever may read every tenant", async () => {
  await report([
    [4, "globex", "main", "rate_limited", 300],
    [1_600, "globex", "main", "rate_limited", 9_000],
  ]);
  const everywhere = await fleet.cp.access.fleet(admin, "tenant.read");
  expect(await fleet.cp.limitUses.limitedTenants(everywhere)).toEqual([
    { tenant: "globex", last15Minutes: 300, last24Hours: 300 },
    { tenant: "acme", last15Minutes: 100, last24Hours: 107 },
  ]);
  const nobody = { ...actorOf("viewer"), grants: { ...actorOf("viewer").grants, fleet: new Set<never>() } };
  expect((await refusalOf(fleet.cp.limitUses.limitedTenants({ ...everywhere, actor: nobody }))).code).toBe("forbidden");
});
