import { authenticate, compileSnapshot, explain } from "@sallyport/pipeline";
import { fleetSection, tenantSection } from "@sallyport/snapshot";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { claimsOf, factsOf, issuerOf, keysOf, portsWith } from "./testing/fleet.fixture.js";
import { createMint } from "./testing/mint.fixture.js";

/*
 * Snapshots as people write them, right and wrong: whatever the schema takes, the compiler answers with a snapshot or with errors; and
 * whatever it takes, a node decides about. Nothing throws.
 */

const NAMES = ["main", "constructor", "other"];
const names = fc.constantFrom(...NAMES);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const claims = fc.constantFrom("org", "/org/id", "/roles/0", "__proto__", "constructor", "tenant_id", "/a~1b/c~0d");

const provider = fc.record(
  {
    status: fc.constantFrom("enabled", "disabled"),
    issuer: fc.constantFrom(issuerOf("acme"), issuerOf("globex"), "https://shared.example/"),
    audiences: fc.uniqueArray(fc.constantFrom("acme-api", "globex-api", "constructor"), { minLength: 1 }),
    keys: fc.constantFrom({ kind: "discovery" }, { kind: "none" }, { kind: "jwks", url: "https://keys.example/jwks" }),
    algorithms: fc.uniqueArray(fc.constantFrom("RS256", "ES256", "EdDSA", "ES512"), { minLength: 1 }),
    tenantClaim: maybe(fc.record({ claim: claims, value: fc.constantFrom("acme", "globex", "__proto__") })),
    requiredClaims: fc.array(fc.record({ claim: claims, oneOf: fc.constant(["x"]) }, { requiredKeys: ["claim"] }), { maxLength: 2 }),
    introspection: maybe(
      fc.record(
        {
          client: names.map((secret) => ({ method: "client_secret_basic", clientId: "gateway", secret })),
          endpoint: fc.constantFrom("https://ask.example/e1", "https://ask.example/e2"),
          tokens: fc.constantFrom("opaque", "all"),
          required: fc.subarray(["iss", "aud", "exp"]),
        },
        { requiredKeys: ["client"] },
      ),
    ),
    login: maybe(fc.constant({ client: { method: "none", clientId: "web" } })),
    claimMapping: fc.record({ roles: maybe(claims), scopes: maybe(claims), email: maybe(claims) }),
  },
  { requiredKeys: ["issuer", "audiences"] },
);

const idpNames = fc.subarray(NAMES);
const kinds = fc.shuffledSubarray(["bearer", "api_key", "session", "client_certificate"], { minLength: 1 });
const authentication = fc.oneof(
  fc.record(
    {
      mode: fc.constant("required"),
      authenticators: kinds,
      match: fc.constantFrom("first", "all"),
      identityProviders: idpNames,
      requiredScopes: fc.subarray(["read", "write"]),
      redirectToLogin: fc.boolean(),
    },
    { requiredKeys: ["mode"] },
  ),
  fc.record({ mode: fc.constant("optional"), authenticators: kinds, identityProviders: idpNames }, { requiredKeys: ["mode"] }),
  fc.constantFrom({ mode: "public" }, { mode: "deny" }),
);

const route = fc.record(
  {
    pathPrefix: fc.constantFrom("/", "/orders", "/orders/", "/a;b", "/constructor"),
    methods: fc.subarray(["GET", "POST"]),
    stripPrefix: fc.boolean(),
    upstream: names,
    authentication,
    propagation: maybe(names),
    degradation: maybe(names),
    websocket: fc.boolean(),
    cors: fc.constantFrom({ origins: ["*"] }, { origins: ["https://app.example", "https://*.example.com"], credentials: true }),
  },
  { requiredKeys: ["upstream", "authentication"] },
);

const propagation = fc.oneof(
  fc.record({
    strategy: fc.constant("headers"),
    claims: fc.array(fc.record({ header: fc.constantFrom("X-Org", "X-User-Id", "X-API-Key"), claim: claims }), { maxLength: 2 }),
  }),
  fc.constantFrom({ strategy: "internal_token" }, { strategy: "pass_through" }, { strategy: "pass_through", tenantHeader: "X-Org" }),
);
const limit = fc.record({
  key: fc.subarray(["client_ip", "global", "route", "subject", "tenant"], { minLength: 1 }),
  limit: fc.nat(9),
  burst: fc.nat(9),
});
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.dictionary(names, arbitrary, { maxKeys: 3 });
/** Under every name, so that most references lead somewhere. */
const every = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.tuple(...NAMES.map(() => arbitrary)).map((specs) => Object.fromEntries(NAMES.map((name, at) => [name, specs[at]])));

const tenants = fc.uniqueArray(
  fc.record({
    slug: fc.constantFrom("acme", "globex", "constructor"),
    plan: fc.constantFrom("standard", "gold"),
    status: fc.constantFrom("active", "active", "suspended"),
    domains: fc.subarray(["acme.example", "globex.api.example.com", "api.example.com"], { maxLength: 1 }),
    secrets: every(fc.constant({})),
    identityProviders: some(provider),
    upstreams: every(fc.constantFrom({ url: "http://a:1" }, { url: "https://b/x" }, { targets: [{ url: "http://a:1" }, { url: "http://b:1" }] })),
    routes: some(route),
    rateLimitPolicies: some(limit),
    propagationPolicies: every(propagation),
    degradationPolicies: every(fc.record({ introspection: fc.constantFrom("USE_CACHED_OR_REJECT", "REJECT_ALL", "PASS_THROUGH") })),
  }),
  { minLength: 1, maxLength: 3, selector: ({ slug }) => slug },
);

const settings = fc.record(
  {
    baseDomains: fc.subarray(["api.example.com", "example.com"]),
    resolution: fc.shuffledSubarray(["custom_domain", "subdomain", "path", "header", "token_claim"], { minLength: 1 }),
    stripTenantPath: fc.boolean(),
    usualTenantClaim: fc.constantFrom("tenant_id", "__proto__"),
    trustedProxies: fc.subarray(["192.0.2.0/24", "::/0"]),
    reservedHeaders: fc.subarray(["X-Org", "X-Secret"]),
    defaultIdentityProvider: maybe(
      fc.record({ issuer: fc.constant("https://shared.example/"), audiences: fc.constant(["acme-api"]), tenantClaim: claims }),
    ),
    apiKeys: fc.record({ header: fc.constantFrom("X-API-Key", "X-Key"), queryParameter: maybe(fc.constant("key")) }),
  },
  { requiredKeys: [] },
);

const MINT = createMint("ES256", "k");
const TOKENS = [
  ...["acme", "globex"].flatMap((slug) => [
    MINT.token(claimsOf(slug)),
    MINT.token(claimsOf(slug, { tenant_id: slug, org: { id: slug }, roles: ["admin"], scope: "read write" })),
    MINT.token(claimsOf(slug, { org: slug, aud: ["constructor", "acme-api"], sub: 7 })),
  ]),
  "opaque-token",
  "a.b.c",
];
const requests = fc.record({
  method: fc.constantFrom("GET", "POST", "OPTIONS", "BREW"),
  target: fc.constantFrom("/", "/orders/1?key=spk_x", "/tenants/acme/orders", "/tenants/constructor", "/a;b/c", "/%6frders", "*", "//"),
  host: fc.constantFrom("acme.example", "acme.api.example.com", "constructor.api.example.com", "api.example.com", "nobody.example", null),
  authorization: fc.option(
    fc.constantFrom(...TOKENS).map((token) => `Bearer ${token}`),
    { nil: null },
  ),
  headers: fc.subarray<[string, string]>([
    ["X-Tenant-ID", "globex"],
    ["X-API-Key", `spk_${"k".repeat(43)}`],
    ["Cookie", "__Host-sallyport-acme=x"],
    ["Origin", "https://app.example"],
    ["Access-Control-Request-Method", "POST"],
    ["X-Forwarded-For", "203.0.113.9, 192.0.2.4"],
    ["Upgrade", "websocket"],
  ]),
});

const PORTS = portsWith(
  keysOf(
    Object.fromEntries(["acme", "globex", "constructor"].flatMap((slug) => [...NAMES, "default"].map((name) => [`${slug}/${name}`, [MINT.jwk]]))),
  ),
);

describe("a snapshot that a publish takes", () => {
  it("never throws at a node: the compiler answers, and every request is decided and explained", async () => {
    let accepted = 0;
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(tenants, settings, fc.array(requests, { minLength: 5, maxLength: 8 }), async (made, fleetSettings, asked) => {
        const sections = made.map((parts) => tenantSection.safeParse({ kind: "tenant", ...parts }));
        const fleet = fleetSection.safeParse({ kind: "fleet", settings: fleetSettings, rateLimitPolicies: {} });
        fc.pre(fleet.success && sections.every(({ success }) => success));
        if (!fleet.success) return;
        const input = { revision: 1, rootHash: "0".repeat(64), fleet: fleet.data, tenants: sections.flatMap(({ data }) => data ?? []) };
        const result = compileSnapshot(input);
        if (!result.ok) {
          expect(result.errors.length).toBeGreaterThan(0);
          return;
        }
        accepted += 1;
        for (const request of asked) {
          const decision = await authenticate(result.compiled, factsOf(request), PORTS);
          outcomes.add(decision.outcome === "deny" ? decision.code : decision.outcome);
          // A decision that a bug made is no decision.
          if (decision.outcome === "deny") expect(decision.code).not.toBe("internal_fault");
          const explained = await explain(result.compiled, factsOf(request), PORTS, { stopwatch: () => 0 });
          expect(explained.decision.outcome).toBe(decision.outcome);
        }
      }),
      { numRuns: 3_000, seed: 20_261_126 },
    );
    // The test sees more than refusals of the first stage.
    expect(accepted).toBeGreaterThan(200);
    expect(outcomes).toContain("allow");
    expect(outcomes.size).toBeGreaterThan(10);
  }, 180_000);
});
