import { authenticate, type RateLimiter } from "@sallyport/pipeline";
import { beforeEach, describe, expect, test } from "vitest";
import { acmeMint, bearer, keys } from "./testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, factsOf, portsWith, type RequestParts, tenant } from "./testing/fleet.fixture.js";

const authorization = bearer(acmeMint.token(claimsOf("acme")));
const taken: string[] = [];
const over = new Set<string>();
const limits: RateLimiter = {
  take(key) {
    taken.push(key);
    return over.has(key) ? { allowed: false, remaining: 0, retryAfterSeconds: 7 } : { allowed: true, remaining: 3, retryAfterSeconds: 0 };
  },
};
const policy = (key: string[], more: Record<string, unknown> = {}) => ({ key, limit: 10, burst: 5, ...more });

const routes = {
  main: { upstream: "main", authentication: { mode: "required" } },
  open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
};
const withPolicies = (own: Record<string, Record<string, unknown>>, fleetWide: Record<string, Record<string, unknown>> = {}, plan = "standard") =>
  compiled([tenant("acme", { plan, routes, rateLimitPolicies: own })], {}, fleetWide);

beforeEach(() => {
  taken.length = 0;
  over.clear();
});

async function bucketsOf(snapshot: ReturnType<typeof withPolicies>, request: RequestParts = { authorization }): Promise<string[]> {
  taken.length = 0;
  expect(await authenticate(snapshot, factsOf(request), portsWith(keys, { limits }))).toMatchObject({ outcome: "allow" });
  return [...taken];
}

describe("what a limit counts by", () => {
  test.each([
    [["tenant"], "tenants/acme/p|tenant=acme"],
    [["global"], "tenants/acme/p"],
    [["route"], "tenants/acme/p|tenant=acme|route=main"],
    [["client_ip"], "tenants/acme/p|ip=192.0.2.10"],
    [["identity_provider"], "tenants/acme/p|idp=acme/main"],
    [["subject"], "tenants/acme/p|sub=acme/main/user-1"],
    [["client_ip", "tenant"], "tenants/acme/p|tenant=acme|ip=192.0.2.10"],
  ])("%j is the bucket %s", async (key, bucket) => {
    expect(await bucketsOf(withPolicies({ p: policy(key) }))).toEqual([bucket]);
  });

  test("a fleet-wide policy by tenant has a bucket for each tenant, by address one for all", async () => {
    expect(await bucketsOf(withPolicies({}, { all: policy(["tenant"]), ip: policy(["client_ip"]) }))).toEqual([
      "fleet/all|tenant=acme",
      "fleet/ip|ip=192.0.2.10",
    ]);
  });

  test("an anonymous request counts by its address where others count by subject", async () => {
    expect(await bucketsOf(withPolicies({ p: policy(["subject"]) }), { target: "/open" })).toEqual(["tenants/acme/p|anonymous=192.0.2.10"]);
  });

  test("an IPv6 subscriber has one bucket", async () => {
    const snapshot = withPolicies({ p: policy(["client_ip"]) });
    const one = await bucketsOf(snapshot, { authorization, remoteAddress: "2001:db8:1:2::1" });
    expect(await bucketsOf(snapshot, { authorization, remoteAddress: "2001:db8:1:2:ffff::9" })).toEqual(one);
  });

  test("policies apply to the routes and plans that they name", async () => {
    const fleetWide = { gold: policy(["tenant"], { plans: ["gold"] }), mains: policy(["route"], { routes: ["main"] }) };
    const own = { opens: policy(["tenant"], { routes: ["open"] }) };
    expect(await bucketsOf(withPolicies(own, fleetWide))).toEqual(["fleet/mains|tenant=acme|route=main"]);
    expect(await bucketsOf(withPolicies(own, fleetWide, "gold"), { target: "/open" })).toEqual([
      "fleet/gold|tenant=acme",
      "tenants/acme/opens|tenant=acme",
    ]);
  });
});

describe("what being over means", () => {
  test("refuse: 429 with the wait, reported, and nothing after it is taken", async () => {
    over.add("tenants/acme/a|tenant=acme");
    const snapshot = withPolicies({ a: policy(["tenant"]), b: policy(["tenant"]) });
    const decision = await authenticate(snapshot, factsOf({ authorization }), portsWith(keys, { limits }));
    expect(decision).toMatchObject({
      outcome: "deny",
      code: "rate_limited",
      limits: [{ policy: "a", limit: 10, windowSeconds: 1, remaining: 0, retryAfterSeconds: 7 }],
    });
    expect(decision.findings.map(({ kind }) => kind)).toEqual(["rate_limit_exceeded"]);
    expect(taken).toEqual(["tenants/acme/a|tenant=acme"]);
  });

  test("observe: it passes, and is reported", async () => {
    over.add("tenants/acme/a|tenant=acme");
    const snapshot = withPolicies({ a: policy(["tenant"], { action: "observe" }) });
    const decision = await authenticate(snapshot, factsOf({ authorization }), portsWith(keys, { limits }));
    expect(decision).toMatchObject({ outcome: "allow", limits: [{ policy: "a", remaining: 0 }] });
    expect(decision.findings.map(({ kind }) => kind)).toEqual(["rate_limit_exceeded"]);
  });

  test("a refused credential takes nothing from anybody's limit", async () => {
    const snapshot = withPolicies({ a: policy(["tenant"]) });
    expect(await authenticate(snapshot, factsOf({ authorization: "Bearer x" }), portsWith(keys, { limits }))).toMatchObject({
      code: "invalid_token",
    });
    expect(taken).toEqual([]);
  });
});
