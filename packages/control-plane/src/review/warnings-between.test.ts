import { fleetSection, tenantSection } from "@sallyport/snapshot";
import { describe, expect, it, test } from "vitest";
import { openingWordOf, warningsBetween } from "./warnings-between.js";

type Parts = Record<string, unknown>;
const tenant = (parts: Parts = {}, slug = "acme") =>
  tenantSection.parse({
    ...{ kind: "tenant", slug, plan: "standard", status: "active", domains: [] },
    ...{ identityProviders: {}, upstreams: {}, routes: {}, rateLimitPolicies: {}, propagationPolicies: {}, degradationPolicies: {} },
    ...parts,
  });
const fleet = (settings: Parts = {}, rateLimitPolicies: Parts = {}) => fleetSection.parse({ kind: "fleet", settings, rateLimitPolicies });
const route = (authentication: Parts, more: Parts = {}) => ({ upstream: "u", authentication, ...more });
const required = (more: Parts = {}) => ({ mode: "required", ...more });
const routes = (named: Parts, more: Parts = {}) => tenant({ ...more, routes: named });
const codes = (before: ReturnType<typeof tenant>, after: ReturnType<typeof tenant>) =>
  warningsBetween({ before, after }).map(({ code, path }) => `${code} ${path.replace("tenants/acme/", "")}`);

describe("a route opens", () => {
  const closed = routes({ main: route(required()) });

  test.each<[string, ReturnType<typeof tenant>, ReturnType<typeof tenant>, string[]]>([
    ["when it turns public", closed, routes({ main: route({ mode: "public" }) }), ["route_public routes/main"]],
    ["when it turns optional", closed, routes({ main: route({ mode: "optional" }) }), ["route_optional routes/main"]],
    [
      "when one that denies turns public",
      routes({ main: route({ mode: "deny" }) }),
      routes({ main: route({ mode: "public" }) }),
      ["route_public routes/main"],
    ],
    [
      "when a longer, public one takes requests over",
      closed,
      routes({ main: route(required()), docs: route({ mode: "public" }, { pathPrefix: "/docs" }) }),
      ["route_public routes/docs"],
    ],
    [
      "when a protected one goes from above a public one",
      routes({ main: route({ mode: "public" }), admin: route(required(), { pathPrefix: "/admin/" }) }),
      routes({ main: route({ mode: "public" }) }),
      ["route_public routes/main"],
    ],
    [
      "for one method alone",
      closed,
      routes({ main: route(required()), read: route({ mode: "public" }, { methods: ["GET"] }) }),
      ["route_public routes/read"],
    ],
    ["under another name", closed, routes({ other: route({ mode: "public" }) }), ["route_public routes/other"]],
    ["and not when it closes", routes({ main: route({ mode: "public" }) }), closed, []],
    ["and not where nothing was", tenant(), routes({ main: route({ mode: "public" }) }), []],
    ["and not beside it", closed, routes({ main: route(required()), more: route(required(), { pathPrefix: "/more" }) }), []],
  ])("%s", (_, before, after, expected) => {
    expect(codes(before, after)).toEqual(expected);
  });

  it("asks for a word that says how much opens", () => {
    const two = (mode: string) => ({ a: route({ mode }, { pathPrefix: "/a" }), b: route({ mode }, { pathPrefix: "/b" }) });
    const opened = (slug: string, before: Parts, after: Parts) =>
      warningsBetween({ before: tenant({ routes: before }, slug), after: tenant({ routes: after }, slug) });
    const one = opened("acme", { main: route(required()) }, { main: route({ mode: "public" }) });
    const many = opened("acme", two("required"), two("public"));
    expect(openingWordOf(one)).toBe("acme/main");
    expect(openingWordOf(many)).toBe("acme");
    expect(openingWordOf([...many, ...opened("globex", { main: route(required()) }, { main: route({ mode: "optional" }) })])).toBe("open 3 routes");
    expect(openingWordOf([])).toBeNull();
  });
});

describe("what is weaker than it was is told, and what is as strict is not", () => {
  const idp = (parts: Parts = {}) => ({ issuer: "https://i.example", audiences: ["api"], ...parts });
  const provider = (parts: Parts, name = "main") => tenant({ identityProviders: { [name]: idp(parts) } });
  const upstream = (parts: Parts) => tenant({ upstreams: { u: { url: "https://u", ...parts } } });
  const limit = (parts: Parts | null) =>
    tenant({ rateLimitPolicies: parts === null ? {} : { l: { key: ["tenant"], limit: 10, burst: 10, ...parts } } });
  const reset = (more: Parts) => routes({ main: route({ mode: "public" }, more) });
  const policies = { propagationPolicies: { through: { strategy: "pass_through" }, token: { strategy: "internal_token" } } };
  const outage = { degradationPolicies: { open: { introspection: "PASS_THROUGH" } } };
  const cors = (parts: Parts | undefined) =>
    routes({ main: route(required(), parts === undefined ? {} : { cors: { origins: ["https://a.example"], ...parts } }) });
  const asks = (parts: Parts) => routes({ main: route(required(parts)) });

  test.each<[string, ReturnType<typeof tenant>, ReturnType<typeof tenant>, string | null]>([
    ["scopes that go", asks({ requiredScopes: ["read", "write"] }), asks({ requiredScopes: ["read"] }), "route_scopes_lost"],
    ["scopes that come", asks({ requiredScopes: ["read"] }), asks({ requiredScopes: ["read", "write"] }), null],
    ["another credential kind", asks({}), asks({ authenticators: ["bearer", "api_key"] }), "route_credentials_widened"],
    [
      "one credential instead of all",
      asks({ authenticators: ["bearer", "api_key"], match: "all" }),
      asks({ authenticators: ["bearer", "api_key"] }),
      "route_credentials_widened",
    ],
    [
      "both credentials instead of one",
      asks({ authenticators: ["bearer", "api_key"] }),
      asks({ authenticators: ["bearer", "api_key"], match: "all" }),
      null,
    ],
    ["every provider instead of one", asks({ identityProviders: ["a"] }), asks({}), "route_credentials_widened"],
    ["one provider instead of every", asks({}), asks({ identityProviders: ["a"] }), null],
    ["a tenant claim that goes", provider({ tenantClaim: { claim: "org", value: "a" } }), provider({}), "tenant_claim_dropped"],
    ["a tenant claim that goes with a rename", provider({ tenantClaim: { claim: "org", value: "a" } }), provider({}, "new"), "tenant_claim_dropped"],
    [
      "another value",
      provider({ tenantClaim: { claim: "org", value: "a" } }),
      provider({ tenantClaim: { claim: "org", value: "b" } }),
      "tenant_claim_changed",
    ],
    ["a tenant claim that comes", provider({}), provider({ tenantClaim: { claim: "org", value: "a" } }), null],
    ["a weaker algorithm", provider({ algorithms: ["ES256"] }), provider({ algorithms: ["ES256", "RS256"] }), "algorithm_weakened"],
    ["an algorithm as strong", provider({ algorithms: ["ES256"] }), provider({ algorithms: ["ES256", "EdDSA"] }), null],
    ["another audience", provider({}), provider({ audiences: ["api", "web"] }), "audience_widened"],
    ["a required claim that goes", provider({ requiredClaims: [{ claim: "x" }] }), provider({}), "claims_lost"],
    [
      "a value that may be another",
      provider({ requiredClaims: [{ claim: "x", oneOf: ["1"] }] }),
      provider({ requiredClaims: [{ claim: "x", oneOf: ["1", "2"] }] }),
      "claims_lost",
    ],
    [
      "fewer values",
      provider({ requiredClaims: [{ claim: "x", oneOf: ["1", "2"] }] }),
      provider({ requiredClaims: [{ claim: "x", oneOf: ["1"] }] }),
      null,
    ],
    ["a binding that goes", provider({ requireCertificateBinding: true }), provider({}), "certificate_binding_dropped"],
    ["a proof that goes", provider({ dpop: { required: true } }), provider({ dpop: {} }), "proof_binding_dropped"],
    ["a proof that comes", provider({ dpop: {} }), provider({ dpop: { required: true } }), null],
    ["a limit that goes", limit({}), limit(null), "limits_removed"],
    ["a limit that only observed", limit({ action: "observe" }), limit(null), null],
    ["a limit that is higher", limit({}), limit({ limit: 20 }), "limits_loosened"],
    ["a limit that each node counts by itself", limit({}), limit({ scope: "node" }), "limits_loosened"],
    ["a limit for fewer routes", limit({}), limit({ routes: ["main"] }), "limits_loosened"],
    ["a limit that is lower", limit({}), limit({ limit: 5 }), null],
    ["a limit that slows down instead", limit({}), limit({ action: "slow_down" }), "limits_loosened"],
    ["a limit that observed, and slows down", limit({ action: "observe" }), limit({ action: "slow_down" }), null],
    ["an address that a limit exempts", limit({}), limit({ exempt: { addresses: ["192.0.2.0/24"] } }), "limits_loosened"],
    ["an API key that a limit exempts no more", limit({ exempt: { apiKeys: ["batch"] } }), limit({}), null],
    ["a limit that is looked at first", limit({}), limit({ order: 1 }), null],
    ["a route that names no username any more", reset({ usernameField: "email" }), reset({}), "limits_loosened"],
    ["a route that names one by its login", reset({ usernameField: "email" }), reset({ upstreamLogin: { usernameField: "email" } }), null],
    [
      "the client's own credential",
      routes({ main: route(required()) }, policies),
      routes({ main: route(required(), { propagation: "through" }) }, policies),
      "propagation_pass_through",
    ],
    [
      "an internal token",
      routes({ main: route(required()) }, policies),
      routes({ main: route(required(), { propagation: "token" }) }, policies),
      null,
    ],
    [
      "requests that pass in an outage",
      routes({ main: route(required()) }, outage),
      routes({ main: route(required(), { degradation: "open" }) }, outage),
      "fallback_pass_through",
    ],
    [
      "proofs that count at each node",
      routes({ main: route(required(), { degradation: "d" }) }, { degradationPolicies: { d: {} } }),
      routes({ main: route(required(), { degradation: "d" }) }, { degradationPolicies: { d: { dpopReplay: "PER_NODE" } } }),
      "replay_per_node",
    ],
    ["no TLS", upstream({}), upstream({ url: "http://u" }), "upstream_tls_loosened"],
    ["an older TLS", upstream({ tls: { minVersion: "1.3" } }), upstream({ tls: {} }), "upstream_tls_loosened"],
    ["another name", upstream({ tls: { serverName: "a.example" } }), upstream({ tls: {} }), "upstream_tls_loosened"],
    ["a newer TLS", upstream({}), upstream({ tls: { minVersion: "1.3" } }), null],
    ["pages of another origin", cors({}), cors({ origins: ["https://a.example", "https://b.example"] }), "cors_widened"],
    ["pages with credentials", cors({}), cors({ credentials: true }), "cors_widened"],
    ["pages where none could", cors(undefined), cors({}), "cors_widened"],
    ["no pages any more", cors({}), cors(undefined), null],
  ])("%s", (_, before, after, code) => {
    expect(warningsBetween({ before, after }).map((warning) => warning.code)).toEqual(code === null ? [] : [code]);
    for (const { severity, message, remedy } of warningsBetween({ before, after })) {
      expect(severity).toBe("warning");
      expect(message).not.toBe("");
      expect(remedy).toMatch(/\.$/);
    }
  });

  test.each<[string, Parts, Parts, string | null]>([
    ["believed proxies", {}, { trustedProxies: ["10.0.0.0/8"] }, "trusted_proxies_widened"],
    ["ranges for providers", {}, { idpAllowedRanges: ["10.0.0.0/8"] }, "idp_ranges_widened"],
    ["a header that clients may send", { reservedHeaders: ["X-A"] }, {}, "reserved_headers_lost"],
    ["a header that they no longer may", {}, { reservedHeaders: ["X-A"] }, null],
    [
      "an audience of the default provider",
      { defaultIdentityProvider: { issuer: "https://i.example", audiences: ["a"], tenantClaim: "org" } },
      { defaultIdentityProvider: { issuer: "https://i.example", audiences: ["a", "b"], tenantClaim: "org" } },
      "audience_widened",
    ],
  ])("%s", (_, before, after, code) => {
    expect(warningsBetween({ before: fleet(before), after: fleet(after) }).map((warning) => warning.code)).toEqual(code === null ? [] : [code]);
  });

  const numbers = (limit: number, more: Parts = {}) => ({ limit, burst: 10, ...more });
  test.each<[string, Parts, Parts, string | null]>([
    ["a plan's higher limit", {}, { plans: { gold: numbers(20) } }, "for the plan gold 20 in 1 s instead of 10 in 1 s"],
    ["a tenant's, of longer windows", { tenants: { acme: numbers(20, { windowSeconds: 60 }) } }, {}, "for acme 10 in 1 s instead of 20 in 60 s"],
    ["a tenant that is only observed", {}, { tenants: { acme: numbers(5, { action: "observe" }) } }, "for acme it only observes"],
    ["a plan's lower limit", {}, { plans: { gold: numbers(5) } }, null],
    ["a plan's higher limit that goes", { plans: { gold: numbers(20) } }, {}, null],
  ])("%s", (_, before, after, what) => {
    const of = (overrides: Parts) => fleet({}, { l: { key: ["tenant"], limit: 10, burst: 10, overrides } });
    const found = warningsBetween({ before: of(before), after: of(after) });
    expect(found.map(({ code, message }) => `${code} ${message}`)).toEqual(what === null ? [] : [`limits_loosened lets more pass: ${what}`]);
  });

  it("a limit that begins to count by username is noticed once: in decision mode it counts by address", () => {
    const of = (key: string[]) => fleet({}, { l: { key, limit: 10, burst: 10 } });
    const notice = { code: "username_unseen", severity: "notice", path: "fleet/rateLimitPolicies/l" };
    expect(warningsBetween({ before: fleet(), after: of(["username"]) })).toMatchObject([notice]);
    expect(warningsBetween({ before: of(["username"]), after: of(["username"]) })).toEqual([]);
  });

  const locks = (lockout?: Parts) => tenant(lockout === undefined ? {} : { lockout });
  test.each<[string, Parts | undefined, Parts | undefined, string | null]>([
    ["a lockout that is switched off", {}, { action: "off" }, "nothing is counted"],
    ["one that only observes", {}, { action: "observe" }, "it only observes"],
    ["one that observed, and no longer counts", { action: "observe" }, { action: "off" }, "nothing is counted"],
    ["more failures", { failures: 5 }, { failures: 50 }, "an address has 50 failures instead of 5"],
    ["a shorter memory", {}, { windowSeconds: 10 }, "an address's failures are forgotten after 10 s instead of 300 s"],
    ["a shorter time outside", {}, { lockoutSeconds: 10 }, "an address is kept out for 10 s instead of 300 s"],
    ["more failures of a username", {}, { username: { failures: 90 } }, "a username has 90 failures instead of 10"],
    ["an exemption", { exempt: ["10.0.0.0/8"] }, { exempt: ["10.0.0.0/8", "192.0.2.0/24"] }, "192.0.2.0/24 is exempt"],
    ["the fleet's, which is weaker, in the place of one's own", { failures: 3 }, undefined, "an address has 20 failures instead of 3"],
    ["one's own in the place of the fleet's, which is weaker", undefined, { failures: 3 }, null],
    ["less of everything that is let pass", { failures: 9, exempt: ["10.0.0.0/8"] }, { failures: 2 }, null],
    ["what never counted", { action: "off" }, { failures: 100 }, null],
    ["the fleet's before and after", undefined, undefined, null],
  ])("%s", (_, before, after, what) => {
    const fleetWide = fleet({ lockout: { failures: 20 } });
    const found = warningsBetween({ before: locks(before), after: locks(after) }, { before: fleetWide, after: fleetWide });
    expect(found.map(({ code, path, message }) => `${code} ${path} ${message}`)).toEqual(
      what === null ? [] : [`lockout_weakened tenants/acme keeps fewer guesses out: ${what}`],
    );
  });

  it("a weaker lockout policy of the fleet", () => {
    const before = fleet();
    expect(warningsBetween({ before, after: fleet({ lockout: { action: "observe" } }) }).map(({ code, path }) => [code, path])).toEqual([
      ["lockout_weakened", "fleet"],
    ]);
    expect(warningsBetween({ before: fleet({ lockout: { failures: 50 } }), after: before })).toEqual([]);
  });

  it("an id is the same for the same change, and another for another", () => {
    const before = asks({ requiredScopes: ["read", "write"] });
    const idOf = (after: ReturnType<typeof tenant>) => warningsBetween({ before, after })[0]?.id;
    expect(idOf(asks({ requiredScopes: ["read"] }))).toBe(idOf(asks({ requiredScopes: ["read"] })));
    expect(idOf(asks({ requiredScopes: ["read"] }))).not.toBe(idOf(asks({})));
    expect(idOf(asks({}))).toMatch(/^route_scopes_lost:tenants\/acme\/routes\/main:[0-9a-f]{8}$/);
  });

  it("a tenant that is new, or goes, weakens nothing", () => {
    const after = routes({ main: route({ mode: "public" }) });
    expect(warningsBetween({ before: undefined, after })).toEqual([]);
    expect(warningsBetween({ before: after, after: undefined })).toEqual([]);
  });
});
