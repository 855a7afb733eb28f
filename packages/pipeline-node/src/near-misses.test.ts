import { type CompiledSnapshot, explain, type NearMissCode } from "@sallyport/pipeline";
import { describe, expect, test } from "vitest";
import { acmeEcMint, acmeMint, bearer, globexMint, keys, SHARED_ISSUER, sharedMint, snapshot } from "./testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, factsOf, issuerOf, keysOf, nowSeconds, portsWith, type RequestParts, tenant } from "./testing/fleet.fixture.js";
import { createHolder, proofOf } from "./testing/proofs.fixture.js";

const DIRECTORY = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const provider = (spec: Record<string, unknown>) => ({ identityProviders: { main: { audiences: ["acme-api"], ...spec } } });
const withProvider = (spec: Record<string, unknown>): CompiledSnapshot => compiled([tenant("acme", provider({ issuer: issuerOf("acme"), ...spec }))]);
const acme = (over: Record<string, unknown> = {}, header: Record<string, unknown> = {}) => ({
  authorization: bearer(acmeMint.token(claimsOf("acme", over), header)),
});

const holder = createHolder();
const bound = acmeMint.token(claimsOf("acme", { cnf: { jkt: holder.jkt } }));
const proved = (claims: Record<string, unknown>): RequestParts => ({
  authorization: `DPoP ${bound}`,
  headers: [["DPoP", proofOf(holder, bound, claims)]],
});

const twoProviders = compiled([
  tenant("acme", {
    identityProviders: {
      main: { issuer: issuerOf("acme"), audiences: ["acme-api"] },
      partners: { issuer: "https://partners.acme.example", audiences: ["acme-api"] },
    },
    routes: { main: { upstream: "main", authentication: { mode: "required", identityProviders: ["partners"] } } },
  }),
]);
const bothTaken = compiled([
  tenant("acme", {
    identityProviders: {
      main: { issuer: issuerOf("acme"), audiences: ["acme-api"] },
      partners: { issuer: "https://partners.acme.example", audiences: ["acme-api"] },
    },
  }),
]);

const CASES: readonly (readonly [NearMissCode, RequestParts, CompiledSnapshot?, ReturnType<typeof keysOf>?])[] = [
  ["bearer_scheme_missing", { authorization: acmeMint.token(claimsOf("acme")) }],
  ["issuer_trailing_slash", acme({ iss: `${issuerOf("acme")}/` })],
  ["issuer_trailing_slash", acme(), withProvider({ issuer: `${issuerOf("acme")}/` })],
  ["issuer_case", acme({ iss: "https://IDP.acme.example" })],
  ["issuer_scheme", acme({ iss: "http://idp.acme.example" })],
  [
    "issuer_entra_version",
    acme({ iss: `https://sts.windows.net/${DIRECTORY}/` }),
    withProvider({ issuer: `https://login.microsoftonline.com/${DIRECTORY}/v2.0` }),
  ],
  [
    "issuer_entra_version",
    acme({ iss: `https://login.microsoftonline.com/${DIRECTORY}/v2.0` }),
    withProvider({ issuer: `https://sts.windows.net/${DIRECTORY}/` }),
  ],
  ["issuer_not_of_route", acme(), twoProviders],
  ["audience_is_client_id", acme({ aud: "spa-client", azp: "spa-client" })],
  ["audience_spelling", acme({ aud: "ACME-api/" })],
  ["algorithm_not_allowed", acme(), withProvider({ algorithms: ["ES256"] })],
  ["clock_skew_expired", acme({ exp: nowSeconds - 31 })],
  ["clock_skew_future", acme({ nbf: nowSeconds + 31 })],
  [
    "key_of_other_provider",
    acme({}, { kid: "theirs" }),
    bothTaken,
    keysOf({ "acme/main": [acmeMint.jwk], "acme/partners": [{ ...acmeEcMint.jwk, kid: "theirs" }] }),
  ],
  ["key_unknown", acme({}, { kid: "rotated-away" })],
  ["proof_scheme_missing", acme({ cnf: { jkt: holder.jkt } })],
  ["proof_uri", proved({ htu: "https://acme.api.example.com/orders" })],
  ["proof_clock", proved({ iat: nowSeconds - 90 })],
  ["proof_clock", proved({ iat: nowSeconds + 31 })],
  ["keys_too_old", acme(), snapshot, keysOf({})],
  ["tenant_claim_spelling", acme({ org: "ACME " }), withProvider({ tenantClaim: { claim: "org", value: "acme" } })],
  ["tenant_claim_elsewhere", acme({ organization: "acme-org" }), withProvider({ tenantClaim: { claim: "org", value: "acme-org" } })],
];

let ticks = 0;
const stopwatch = (): number => {
  ticks += 7;
  return ticks;
};
const explained = (request: RequestParts, over: CompiledSnapshot = snapshot, known = keys) =>
  explain(over, factsOf(request), portsWith(known), { stopwatch });

describe("near misses", () => {
  test.each(CASES.map(([code, ...rest]) => [code, ...rest] as const))("%s", async (code, request, over, known) => {
    const { decision, nearMisses } = await explained(request, over, known);
    expect(decision.outcome).toBe("deny");
    expect(nearMisses.map((miss) => miss.code)).toEqual([code]);
    const [{ sentence = "" } = {}] = nearMisses;
    expect(sentence).toMatch(/^[A-Z].{40,}\.$/);
    expect(sentence).not.toContain("eyJ");
  });

  test("an audience of another tenant is told without the tenant's name, which stands beside it for those who may see it", async () => {
    const shared = { issuer: SHARED_ISSUER };
    const fleet = compiled([
      tenant("initech", { identityProviders: { main: { ...shared, audiences: ["initech-api"] } } }),
      tenant("umbrella", { identityProviders: { corporate: { ...shared, audiences: ["umbrella-api"] } } }),
    ]);
    const authorization = bearer(sharedMint.token(claimsOf("initech", { iss: SHARED_ISSUER, aud: "umbrella-api" })));
    const { nearMisses } = await explained({ host: "initech.api.example.com", authorization }, fleet, keysOf({ "initech/main": [sharedMint.jwk] }));
    expect(nearMisses).toMatchObject([{ code: "audience_of_other_tenant", elsewhere: { tenant: "umbrella", identityProvider: "corporate" } }]);
    expect(nearMisses[0]?.sentence).not.toMatch(/umbrella(?!-api)|corporate/);
  });

  test.each<[string, RequestParts]>([
    ["an allowed request", acme()],
    ["one without a token", {}],
    ["a token that is no JWT", { authorization: "Bearer opaque" }],
    ["one that is long past", acme({ exp: nowSeconds - 86_400 })],
    ["another issuer's altogether", { authorization: bearer(globexMint.token(claimsOf("globex"))) }],
    ["a bad signature", { authorization: `${acme().authorization.slice(0, -6)}AAAAAA` }],
    ["a malformed request", { target: "/.." }],
    ["an unknown tenant", { host: "nobody.api.example.com", ...acme() }],
  ])("%s misses nothing narrowly", async (_, request) => {
    expect((await explained(request)).nearMisses).toEqual([]);
  });
});

describe("the steps", () => {
  test("say how long each took, by the clock that was handed in, and what of the configuration had the say", async () => {
    const { steps } = await explained({ target: "/open/admin", ...acme({ scope: "admin" }) });
    expect(steps.map(({ us }) => us)).toEqual([7, 7, 7, 7, 7, 7, 7, 7]);
    const said = steps.map(({ step, decidedBy }) => [
      step,
      decidedBy.map(({ kind, name, setting }) => [kind, name, setting].filter(Boolean).join(" ")),
    ]);
    expect(Object.fromEntries(said)).toEqual({
      admit: ["Fleet default limits"],
      resolve: ["Fleet default resolution", "Tenant acme"],
      route: ["Route admin"],
      extract: ["Route admin authentication.authenticators"],
      authenticate: ["Route admin authentication.identityProviders", "IdentityProvider main"],
      match: ["IdentityProvider main tenantClaim"],
      limit: [],
      propagate: ["Upstream main"],
    });
  });

  test("name policies with whose they are: the fleet's, and the tenant's own", async () => {
    const limit = { key: ["tenant"], limit: 10, burst: 5 };
    const limited = compiled(
      [
        tenant("acme", {
          rateLimitPolicies: { own: limit },
          propagationPolicies: { terse: { strategy: "headers" } },
          routes: { main: { upstream: "main", propagation: "terse", authentication: { mode: "required" } } },
        }),
      ],
      {},
      { flood: limit },
    );
    const { steps } = await explained(acme(), limited);
    expect(steps[6]?.decidedBy.map(({ kind, tenant: of, name }) => [kind, of, name])).toEqual([
      ["RateLimitPolicy", null, "flood"],
      ["RateLimitPolicy", "acme", "own"],
    ]);
    expect(steps[7]?.decidedBy.map(({ kind, name }) => [kind, name])).toEqual([
      ["Upstream", "main"],
      ["PropagationPolicy", "terse"],
    ]);
  });

  test("name the scopes that a route wants where those decided, and nothing where nothing was reached", async () => {
    const { steps } = await explained({ target: "/open/admin", ...acme() });
    expect(steps[5]).toMatchObject({
      step: "match",
      result: "fail",
      decidedBy: [{ kind: "Route", name: "admin", setting: "authentication.requiredScopes" }],
    });
    expect(steps[7]).toEqual({ step: "propagate", result: "skipped", detail: "not reached", us: null, decidedBy: [] });
  });
});
