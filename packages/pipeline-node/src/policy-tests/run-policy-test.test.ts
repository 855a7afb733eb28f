import { POLICY_TEST_CODES, type PolicyTestSpec, policyTestSpec } from "@sallyport/snapshot";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compiled, NOW, tenant } from "../testing/fleet.fixture.js";
import { runPolicyTest } from "./run-policy-test.js";
import { createStandIns } from "./stand-ins.js";

const asked = { endpoint: "https://idp.acme.example/introspect", client: { method: "client_secret_basic", clientId: "gw", secret: "gw" } };
const provider = (slug: string, over: Record<string, unknown> = {}) => ({
  issuer: `https://idp.${slug}.example`,
  audiences: [`${slug}-api`],
  ...over,
});

const snapshot = compiled([
  tenant("acme", {
    domains: ["api.acme.example"],
    secrets: { gw: { type: "client_secret" } },
    identityProviders: {
      main: provider("acme", { login: { client: { method: "none", clientId: "web" } } }),
      rsa: provider("rsa", { audiences: ["rsa-api"], algorithms: ["RS256"], tenantClaim: { claim: "/org/id", value: "acme-1" } }),
      asked: provider("asked", { audiences: ["asked-api"], keys: { kind: "none" }, introspection: asked }),
    },
    routes: {
      main: { upstream: "main", authentication: { mode: "required", identityProviders: ["main", "rsa"] } },
      write: {
        ...{ upstream: "main", pathPrefix: "/write", methods: ["POST"] },
        authentication: { mode: "required", identityProviders: ["main"], requiredScopes: ["orders.write"] },
      },
      keyed: { upstream: "main", pathPrefix: "/keyed", authentication: { mode: "required", authenticators: ["api_key"], requiredScopes: ["read"] } },
      web: { upstream: "main", pathPrefix: "/web", authentication: { mode: "required", authenticators: ["session"], identityProviders: ["main"] } },
      opaque: { upstream: "main", pathPrefix: "/opaque", authentication: { mode: "required", identityProviders: ["asked"] } },
      signed: { upstream: "main", pathPrefix: "/signed", propagation: "internal", authentication: { mode: "required", identityProviders: ["main"] } },
      open: { upstream: "main", pathPrefix: "/open", authentication: { mode: "public" } },
      shut: { upstream: "main", pathPrefix: "/shut", authentication: { mode: "deny" } },
    },
    propagationPolicies: { internal: { strategy: "internal_token" } },
  }),
  tenant("globex"),
]);
const standIns = createStandIns();
const run = (spec: unknown, over: { tenant?: string | null; discreet?: boolean } = {}) =>
  runPolicyTest(policyTestSpec.parse(spec), { compiled: snapshot, standIns, tenant: "acme", discreet: true, clock: { now: () => NOW }, ...over });

const allow = { outcome: "allow" };
const deny = (code: string) => ({ outcome: "deny", code });
const token = (over: object = {}) => ({ kind: "token", identityProvider: "main", ...over });
const at = (path: string, method = "GET") => ({ path, method });

describe("a policy test", () => {
  test.each<[string, object]>([
    [
      "a good token",
      { credential: token(), expect: { ...allow, route: "main", subject: "policy-test", headers: [{ name: "X-User-Id", value: "policy-test" }] } },
    ],
    ["claims of one's own", { credential: token({ claims: { sub: "alice" } }), expect: { ...allow, subject: "alice" } }],
    ["a nested tenant claim, and RSA", { credential: token({ identityProvider: "rsa" }), expect: allow }],
    [
      "another value of the tenant claim",
      { credential: token({ identityProvider: "rsa", claims: { org: { id: "globex-1" } } }), expect: deny("tenant_mismatch") },
    ],
    ["a claim that is taken away", { credential: token({ claims: { sub: null } }), expect: deny("invalid_claims") }],
    ["no credential", { expect: deny("missing_token") }],
    ["a token past its end", { credential: token({ flaw: "expired" }), expect: deny("token_expired") }],
    ["a token before its time", { credential: token({ flaw: "not_yet_valid" }), expect: deny("invalid_token") }],
    ["a token for others", { credential: token({ flaw: "wrong_audience" }), expect: deny("invalid_token") }],
    ["a forged token", { credential: token({ flaw: "bad_signature" }), expect: deny("invalid_token") }],
    ["a token of an unknown key", { credential: token({ flaw: "unknown_key" }), expect: deny("unknown_signing_key") }],
    [
      "a token that another issuer has not signed",
      { credential: token({ claims: { iss: "https://idp.rsa.example", aud: "rsa-api" } }), expect: deny("invalid_token") },
    ],
    ["another tenant's token", { credential: { kind: "foreign_token" }, expect: deny("tenant_mismatch") }],
    ["another tenant's API key", { request: at("/keyed"), credential: { kind: "foreign_api_key" }, expect: deny("tenant_mismatch") }],
    [
      "an API key",
      { request: at("/keyed"), credential: { kind: "api_key", scopes: ["read"] }, expect: { ...allow, subject: "api-key/policy-test" } },
    ],
    ["an API key without the scope", { request: at("/keyed"), credential: { kind: "api_key" }, expect: deny("insufficient_scope") }],
    [
      "a scope that is granted",
      { request: at("/write", "POST"), credential: token({ claims: { scope: "orders.write" } }), expect: { ...allow, route: "write" } },
    ],
    ["a scope that is not", { request: at("/write", "POST"), credential: token(), expect: { ...deny("insufficient_scope"), route: "write" } }],
    [
      "a session",
      {
        request: at("/web"),
        credential: { kind: "session", identityProvider: "main", claims: { sub: "bob" } },
        expect: { ...allow, subject: "bob" },
      },
    ],
    ["no session", { request: at("/web"), expect: deny("no_session") }],
    ["an active opaque token", { request: at("/opaque"), credential: { kind: "opaque_token", identityProvider: "asked" }, expect: allow }],
    [
      "an inactive one",
      { request: at("/opaque"), credential: { kind: "opaque_token", identityProvider: "asked", active: false }, expect: deny("inactive_token") },
    ],
    [
      "a header that must not go on",
      {
        request: { path: "/open", headers: [{ name: "X-User-Id", value: "root" }] },
        expect: { ...allow, subject: null, headers: [{ name: "X-User-Id", value: null }] },
      },
    ],
    ["a minted token", { request: at("/signed"), credential: token(), expect: { ...allow, route: "signed" } }],
    ["a route that denies", { request: at("/shut"), credential: token(), expect: deny("route_denied") }],
    ["a host of the tenant's own", { request: { host: "acme.api.example.com" }, credential: token(), expect: allow }],
  ])("holds: %s", async (_, spec) => {
    expect((await run(spec)).differences).toEqual([]);
  });

  test("says what was expected and got, what differs, and which step decided it", async () => {
    const result = await run({ request: at("/write", "POST"), credential: token(), expect: { ...allow, route: "write" } });
    expect(result).toMatchObject({
      passed: false,
      expected: "let in by the route write",
      differences: ["It was refused with insufficient_scope"],
      decidedAt: "match",
    });
    expect(result.got).toMatch(/^refused with insufficient_scope: /);
    expect(result.steps.find(({ step }) => step === "match")?.decidedBy).toEqual([
      { kind: "Route", tenant: "acme", name: "write", setting: "authentication.requiredScopes" },
    ]);
    expect(JSON.stringify(result)).not.toContain("eyJ");
  });

  test.each<[string, object, RegExp]>([
    ["a provider that is not there", { credential: token({ identityProvider: "gone" }), expect: allow }, /acme has no identity provider gone/],
    ["a provider without a login", { credential: { kind: "session", identityProvider: "rsa" }, expect: allow }, /has no login/],
    ["a host of another tenant", { request: { host: "globex.api.example.com" }, expect: deny("missing_token") }, /no host of this tenant/],
  ])("fails where it cannot be run: %s", async (_, spec, reason) => {
    const result = await run(spec);
    expect(result).toMatchObject({ passed: false, decidedAt: null });
    expect(result.got).toMatch(reason);
  });

  test("of one tenant tells nothing of another, and one of the fleet says which", async () => {
    const spec = { credential: { kind: "foreign_token" }, expect: allow };
    expect(JSON.stringify(await run(spec))).not.toContain("globex");
    expect(JSON.stringify(await run(spec, { discreet: false }))).toContain("globex");
    const conflict = { request: { host: "api.acme.example", path: "/tenants/globex/x" }, expect: deny("tenant_conflict") };
    expect(await run(conflict)).toMatchObject({ passed: true });
    expect(JSON.stringify((await run(conflict)).steps)).not.toContain("globex");
  });

  test("of the fleet finds its tenant by a host alone", async () => {
    const spec = { request: { host: "api.acme.example" }, credential: token(), expect: { ...allow, tenant: "acme" } };
    expect(await run(spec, { tenant: null, discreet: false })).toMatchObject({ passed: true });
    expect(await run({ request: { host: "nobody.example" }, expect: deny("tenant_not_identified") }, { tenant: null })).toMatchObject({
      passed: true,
    });
  });

  test("passes for exactly one expectation, whatever the request", async () => {
    const kinds = fc.constantFrom<PolicyTestSpec["credential"]>(
      { kind: "none" },
      ...([undefined, "expired", "bad_signature", "unknown_key", "wrong_audience"] as const).map((flaw) => ({
        ...{ kind: "token" as const, identityProvider: "main", claims: { scope: "orders.write" } },
        ...(flaw === undefined ? {} : { flaw }),
      })),
      { kind: "foreign_token" },
      { kind: "foreign_api_key" },
      { kind: "api_key", scopes: ["read"] },
    );
    const paths = fc.constantFrom("/", "/write", "/keyed", "/web", "/open", "/shut", "/nowhere/x", "/..");
    const methods = fc.constantFrom("GET", "POST", "DELETE");
    await fc.assert(
      fc.asyncProperty(kinds, paths, methods, async (credential, path, method) => {
        const results = await Promise.all(
          [allow, ...POLICY_TEST_CODES.map(deny)].map((expectation) => run({ request: { path, method }, credential, expect: expectation })),
        );
        expect(results.filter(({ passed }) => passed)).toHaveLength(1);
      }),
      { numRuns: 60 },
    );
  });
});
