import { type Allow, authenticate, type Decision, type RateLimiter, takeBodyLimits } from "@sallyport/pipeline";
import { READY_RATE_LIMITS } from "@sallyport/snapshot";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { acmeMint, bearer, keys } from "./testing/acme-and-globex.fixture.js";
import { apiKeys, claimsOf, compiled, factsOf, portsWith, type RequestParts, tenant } from "./testing/fleet.fixture.js";

const authorization = bearer(acmeMint.token(claimsOf("acme")));
const KEY = `spk_${"a".repeat(43)}`;
const withKey: RequestParts = { headers: [["X-API-Key", KEY]] };
const over = new Set<string>();
const taken: string[] = [];
const limits: RateLimiter = {
  take(key) {
    taken.push(key);
    return over.has(key) ? { allowed: false, remaining: 0, retryAfterSeconds: 7 } : { allowed: true, remaining: 3, retryAfterSeconds: 0 };
  },
};
beforeEach(() => {
  taken.length = 0;
  over.clear();
});

type Policies = Record<string, Record<string, unknown>>;
const policy = (key: string[], more: Record<string, unknown> = {}) => ({ key, limit: 10, burst: 5, ...more });
const routes = {
  main: { upstream: "main", authentication: { mode: "optional", authenticators: ["bearer", "api_key"] } },
  both: { pathPrefix: "/both", upstream: "main", authentication: { mode: "required", authenticators: ["bearer", "api_key"], match: "all" } },
  reset: { pathPrefix: "/reset", upstream: "main", authentication: { mode: "public" }, usernameField: "email" },
  chat: { pathPrefix: "/chat", upstream: "main", authentication: { mode: "public" }, websocket: true },
};
const fleetOf = (own: Policies, fleetWide: Policies = {}, plan = "standard") =>
  compiled([tenant("acme", { plan, routes, rateLimitPolicies: own })], {}, fleetWide, [apiKeys("acme", { batch: { key: KEY } })]);
const decide = (snapshot: ReturnType<typeof fleetOf>, request: RequestParts = { authorization }, described = false): Promise<Decision> =>
  Promise.resolve(authenticate(snapshot, { ...factsOf(request), described }, portsWith(keys, { limits })));
const bucketsOf = async (snapshot: ReturnType<typeof fleetOf>, request?: RequestParts, described?: boolean): Promise<string[]> => {
  taken.length = 0;
  expect(await decide(snapshot, request, described)).toMatchObject({ outcome: "allow" });
  return [...taken];
};
const allowed = async (snapshot: ReturnType<typeof fleetOf>, request: RequestParts): Promise<Allow> => {
  const decision = await decide(snapshot, request);
  if (decision.outcome !== "allow") throw new Error("it is allowed");
  return decision;
};

describe("what a limit counts by", () => {
  test("a plan has one bucket for all its tenants", async () => {
    expect(await bucketsOf(fleetOf({}, { each: policy(["plan"]) }, "gold"))).toEqual(["fleet/each|plan=gold"]);
  });

  test("an API key by its name and tenant; who has none counts by subject, and who has no subject by address", async () => {
    const snapshot = fleetOf({}, { each: policy(["api_key"]) });
    expect(await bucketsOf(snapshot, withKey)).toEqual(["fleet/each|key=acme/batch"]);
    expect(await bucketsOf(snapshot)).toEqual(["fleet/each|sub=acme/main/user-1"]);
    expect(await bucketsOf(snapshot, {})).toEqual(["fleet/each|anonymous=192.0.2.10"]);
  });

  test("an API key that is the second of two credentials", async () => {
    const request = { ...withKey, authorization, target: "/both" };
    expect(await bucketsOf(fleetOf({ each: policy(["api_key", "client_ip"]) }), request)).toEqual(["tenants/acme/each|ip=192.0.2.10|key=acme/batch"]);
  });

  test("a username after the decision, hashed and within its tenant; whose body names nobody counts by address", async () => {
    const snapshot = fleetOf({}, { each: policy(["username"]), all: policy(["global"]) });
    const decision = await allowed(snapshot, { target: "/reset", method: "POST" });
    expect(taken).toEqual(["fleet/all"]);
    taken.length = 0;
    const ports = portsWith(keys, { limits });
    expect(takeBodyLimits(decision, "ada@acme.example", ports)).toMatchObject({ refused: null, findings: [] });
    takeBodyLimits(decision, null, ports);
    const hash = ports.sha256Hex("ada@acme.example").slice(0, 32);
    expect(taken).toEqual([`fleet/each|tenant=acme|user=${hash}`, "fleet/each|tenant=acme|nobody=192.0.2.10"]);
  });

  test("by username only on routes that name a field; where no body is seen, by address", async () => {
    const snapshot = fleetOf({}, { each: policy(["username"]) });
    expect(await bucketsOf(snapshot)).toEqual([]);
    expect(await bucketsOf(snapshot, { target: "/reset" }, true)).toEqual(["fleet/each|tenant=acme|nobody=192.0.2.10"]);
    expect((await allowed(snapshot, { target: "/reset" })).route).toMatchObject({ passesAtOnce: false, usernameField: "email" });
    expect((await allowed(snapshot, {})).route).toMatchObject({ passesAtOnce: true, usernameField: null });
    // Nobody counts by it: nobody reads it.
    expect((await allowed(fleetOf({}), { target: "/reset" })).route).toMatchObject({ passesAtOnce: true, usernameField: null });
  });
});

describe("the ready policies", () => {
  test("hold for what they are named after: the narrower first, a username's with the body", async () => {
    const ready = Object.fromEntries(READY_RATE_LIMITS.map(({ name, spec }) => [name, spec]));
    const named = (pathPrefix: string, more: object) => ({ pathPrefix, upstream: "main", authentication: { mode: "public" }, ...more });
    const section = tenant("acme", {
      routes: {
        ...routes,
        login: named("/login", { upstreamLogin: { usernameField: "user" } }),
        "password-reset": named("/password-reset", { usernameField: "email" }),
      },
    });
    const snapshot = compiled([section], {}, ready);
    const of = async (target: string) => {
      const { route } = await allowed(snapshot, { target });
      return [route.limits.map(({ name }) => name), route.bodyLimits.map(({ name }) => name)];
    };
    expect(await of("/login")).toEqual([["login-address", "api-traffic", "login-global"], ["login-username"]]);
    expect(await of("/password-reset")).toEqual([["password-reset-address", "api-traffic"], ["password-reset-email"]]);
    expect(await of("/orders")).toEqual([["api-traffic"], []]);
  });
});

describe("the order of policies", () => {
  test("lower ones first, then the fleet's, then by name; nothing is taken after the one that refuses", async () => {
    const own = { z: policy(["tenant"], { order: 1 }), b: policy(["tenant"]), a: policy(["tenant"]) };
    const snapshot = fleetOf(own, { y: policy(["global"]), last: policy(["global"], { order: 900 }) });
    const order = ["tenants/acme/z|tenant=acme", "fleet/y", "tenants/acme/a|tenant=acme", "tenants/acme/b|tenant=acme", "fleet/last"];
    expect(await bucketsOf(snapshot)).toEqual(order);
    taken.length = 0;
    over.add("tenants/acme/a|tenant=acme");
    expect(await decide(snapshot)).toMatchObject({ outcome: "deny", code: "rate_limited" });
    expect(taken).toEqual(order.slice(0, 3));
  });
});

/** As limiters do: a bucket whose numbers change begins anew. */
function countingUpToTheBurst(): RateLimiter {
  const buckets = new Map<string, { readonly burst: number; used: number }>();
  return {
    take(key, { burst }) {
      const known = buckets.get(key);
      const bucket = known?.burst === burst ? known : { burst, used: 0 };
      buckets.set(key, bucket);
      bucket.used += 1;
      return { allowed: bucket.used <= burst, remaining: Math.max(0, burst - bucket.used), retryAfterSeconds: 1 };
    },
  };
}

describe("overrides", () => {
  const overrides = {
    plans: { gold: { limit: 100, burst: 50 } },
    tenants: { acme: { limit: 7, burst: 2, windowSeconds: 60, action: "observe" } },
  };
  const stateOf = async (plan: string, of: Record<string, unknown>) => {
    const decision = await decide(fleetOf({}, { all: policy(["global"], { overrides: of }) }, plan));
    return { bucket: taken.at(-1), state: decision.limits[0] };
  };

  test("a plan's numbers count in a bucket of the plan's own, a tenant's come before them", async () => {
    expect(await stateOf("standard", { plans: overrides.plans })).toMatchObject({ bucket: "fleet/all", state: { limit: 10 } });
    expect(await stateOf("gold", { plans: overrides.plans })).toMatchObject({ bucket: "fleet/all|of=gold", state: { limit: 100, windowSeconds: 1 } });
    expect(await stateOf("gold", overrides)).toMatchObject({
      bucket: "fleet/all|for=acme",
      state: { limit: 7, windowSeconds: 60, action: "observe" },
    });
  });

  test("two tenants with different numbers never undo each other's count", async () => {
    const two = compiled(
      ["acme", "globex"].map((slug) => tenant(slug, { routes })),
      {},
      { all: policy(["global"], { limit: 1, windowSeconds: 3_600, burst: 2, overrides: { tenants: { acme: { limit: 1, burst: 3 } } } }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom("acme", "globex"), { minLength: 20, maxLength: 20 }), async (hosts) => {
        const fresh = portsWith(keys, { limits: countingUpToTheBurst() });
        const passed = { acme: 0, globex: 0 };
        for (const slug of hosts) {
          const decision = await authenticate(two, factsOf({ host: `${slug}.api.example.com` }), fresh);
          if (decision.outcome === "allow") passed[slug as keyof typeof passed] += 1;
        }
        const sent = (slug: string) => hosts.filter((each) => each === slug).length;
        expect(passed).toEqual({ acme: Math.min(3, sent("acme")), globex: Math.min(2, sent("globex")) });
      }),
      { numRuns: 30 },
    );
  });
});

describe("exemptions", () => {
  test("of ranges, and of API keys that held", async () => {
    const exempt = { addresses: ["192.0.2.0/28", "2001:db8::/32"], apiKeys: ["batch"] };
    const snapshot = fleetOf({ each: policy(["client_ip"], { exempt }) });
    const from = (remoteAddress: string, more: RequestParts = {}) => bucketsOf(snapshot, { remoteAddress, ...more });
    expect(await from("192.0.2.15")).toEqual([]);
    expect(await from("2001:db8:1::1")).toEqual([]);
    expect(await from("192.0.2.16")).toHaveLength(1);
    expect(await from("2001:db9::1")).toHaveLength(1);
    expect(await from("192.0.2.16", withKey)).toEqual([]);
    // Presented, and not what the route went by: a token that held came first.
    expect(await from("192.0.2.16", { ...withKey, authorization })).toHaveLength(1);
  });

  test("in a policy of the fleet, of one tenant's key and no other's of that name", async () => {
    const exempt = { apiKeys: ["acme/batch"] };
    const fleetWide = { each: policy(["client_ip"], { exempt }) };
    const other = `spk_${"b".repeat(43)}`;
    const two = compiled(
      ["acme", "globex"].map((slug) => tenant(slug, { routes })),
      {},
      fleetWide,
      [apiKeys("acme", { batch: { key: KEY } }), apiKeys("globex", { batch: { key: other } })],
    );
    expect(await bucketsOf(two, withKey)).toEqual([]);
    expect(await bucketsOf(two, { host: "globex.api.example.com", headers: [["X-API-Key", other]] })).toHaveLength(1);
  });
});

describe("what being over means", () => {
  const slow = fleetOf({ a: policy(["tenant"], { action: "slow_down" }), b: policy(["global"]) });

  test("slow_down: it is allowed, told of, and says what it waits for", async () => {
    over.add("tenants/acme/a|tenant=acme");
    const decision = await decide(slow);
    expect(decision).toMatchObject({ outcome: "allow", slowed: { policy: "a", bucket: "tenants/acme/a|tenant=acme", burst: 5 } });
    expect(decision.findings).toMatchObject([{ kind: "rate_limit_exceeded", detail: "the rate limit a is used up; the request waits" }]);
    over.add("tenants/acme/b");
    expect(await decide(slow)).toMatchObject({ outcome: "deny", code: "rate_limited" });
  });

  test("slow_down refuses where nobody can hold the request: another proxy's question, an upgrade", async () => {
    over.add("tenants/acme/a|tenant=acme");
    const upgrade: RequestParts = {
      target: "/chat",
      headers: [
        ["Connection", "Upgrade"],
        ["Upgrade", "websocket"],
      ],
    };
    expect(await decide(slow, { authorization }, true)).toMatchObject({ outcome: "deny", code: "rate_limited" });
    expect(await decide(slow, upgrade)).toMatchObject({ outcome: "deny", code: "rate_limited" });
  });

  test("observe: the state says that it would have been refused, and by which policy", async () => {
    over.add("fleet/all");
    const decision = await decide(fleetOf({}, { all: policy(["global"], { action: "observe" }) }));
    expect(decision).toMatchObject({ outcome: "allow", limits: [{ policy: "all", ofFleet: true, action: "observe", exceeded: true }] });
  });

  test("the same of a username's limits, each action", async () => {
    const ports = portsWith(keys, { limits });
    for (const action of ["refuse", "slow_down", "observe"]) {
      over.clear();
      const decision = await allowed(fleetOf({ each: policy(["username"], { action }) }), { target: "/reset" });
      over.add("tenants/acme/each|tenant=acme|nobody=192.0.2.10");
      const verdict = takeBodyLimits(decision, null, ports);
      expect([verdict.refused !== null, verdict.slowed !== null]).toEqual([action === "refuse", action === "slow_down"]);
      expect(verdict.findings).toMatchObject([{ kind: "rate_limit_exceeded", tenant: "acme" }]);
    }
  });
});

describe("which fields tell of it", () => {
  test("the tenant's word, else the fleet's, else the draft's", async () => {
    const refusedWith = async (own: object, settings: Record<string, unknown>) => {
      const section = { ...tenant("acme", { routes, rateLimitPolicies: { a: policy(["global"]) } }), ...own };
      over.add("tenants/acme/a");
      const decision = await authenticate(compiled([section], settings), factsOf({}), portsWith(keys, { limits }));
      return decision.outcome === "deny" ? decision.rateLimitFields : null;
    };
    expect(await refusedWith({}, {})).toBe("draft");
    expect(await refusedWith({}, { rateLimitFields: "legacy" })).toBe("legacy");
    expect(await refusedWith({ rateLimitFields: "none" }, { rateLimitFields: "legacy" })).toBe("none");
  });
});
