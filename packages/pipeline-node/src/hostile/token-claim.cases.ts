import { acmeMint, bearer, globexMint, SHARED_ISSUER, sharedMint, strangerMint } from "../testing/acme-and-globex.fixture.js";
import { apiKeys, claimsOf, compiled, issuerOf, keysOf, tenant } from "../testing/fleet.fixture.js";
import type { HostileCase, HostileTable } from "../testing/hostile-case.js";
import { idOf } from "../testing/sessions.fixture.js";

const API_KEY = `spk_${"a".repeat(43)}`;
const sharedIdp = (value: string) => ({ main: { issuer: SHARED_ISSUER, audiences: ["shared-api"], tenantClaim: { claim: "/ctx/org", value } } });
const routes = {
  main: { upstream: "main", authentication: { mode: "required" } },
  open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
  maybe: { pathPrefix: "/maybe", upstream: "main", authentication: { mode: "optional" } },
  keyed: { pathPrefix: "/keyed", upstream: "main", authentication: { mode: "required", authenticators: ["api_key"] } },
  "key-first": { pathPrefix: "/key-first", upstream: "main", authentication: { mode: "required", authenticators: ["api_key", "bearer"] } },
  both: { pathPrefix: "/both", upstream: "main", authentication: { mode: "required", authenticators: ["api_key", "bearer"], match: "all" } },
  people: { pathPrefix: "/people", upstream: "main", authentication: { mode: "required", authenticators: ["session", "bearer"] } },
};
const tenants = [
  tenant("acme", { routes }),
  tenant("globex", { routes }),
  tenant("initech", { identityProviders: sharedIdp("initech-org") }),
  tenant("umbrella", { identityProviders: sharedIdp("umbrella-org") }),
  tenant("frozen", { status: "suspended" }),
];
const keysSection = [apiKeys("acme", { "ci-runner": { key: API_KEY } })];
const snapshot = compiled(tenants, { resolution: ["custom_domain", "subdomain", "path", "token_claim"] }, {}, keysSection);
const switchedOff = compiled(tenants, { resolution: ["custom_domain", "subdomain", "path"] }, {}, keysSection);
const keys = keysOf({
  "acme/main": [acmeMint.jwk],
  "globex/main": [globexMint.jwk],
  "initech/main": [sharedMint.jwk],
  "umbrella/main": [sharedMint.jwk],
});

const NOBODY = "gateway.example.net";
const signedBy = (mint: typeof acmeMint, slug: string, over: Record<string, unknown> = {}) =>
  bearer(mint.token(claimsOf(slug, { tenant_id: slug, ...over })));
const acme = (over: Record<string, unknown> = {}) => signedBy(acmeMint, "acme", over);
const shared = (ctx: unknown) => bearer(sharedMint.token(claimsOf("initech", { iss: SHARED_ISSUER, aud: "shared-api", ctx })));
const key = [["X-API-Key", API_KEY]] as const;

/** A request whose tenant must show in what the upstream gets. */
const reaches = (slug: string): Pick<HostileCase, "expect" | "upstream"> => ({
  expect: "allow",
  upstream: ({ upstreamHeaders }) => {
    const at = upstreamHeaders.indexOf("X-Tenant-Id");
    if (upstreamHeaders[at + 1] !== slug) throw new Error(`the upstream got ${upstreamHeaders[at + 1]}`);
  },
});
const named = (name: string, rest: Omit<HostileCase, "name" | "host">): HostileCase => ({ name, host: NOBODY, ...rest });
const UNNAMED = { expect: "tenant_not_identified", status: 400 } as const;

const cases: HostileCase[] = [
  named("the usual claim with the slug, at the issuer of one tenant", { authorization: acme(), ...reaches("acme") }),
  named("the tenant's own value at a shared issuer", { authorization: shared({ org: "umbrella-org" }), ...reaches("umbrella") }),
  named("another's value there", { authorization: shared({ org: "initech-org" }), ...reaches("initech") }),
  named("and at an optional route", { target: "/maybe", authorization: acme(), ...reaches("acme") }),
  named("the same where it is switched off", { authorization: acme(), compiled: switchedOff, ...UNNAMED }),

  named("no claim", { authorization: bearer(acmeMint.token(claimsOf("acme"))), ...UNNAMED }),
  named("a neighbour's slug at one's own issuer", { authorization: acme({ tenant_id: "globex" }), ...UNNAMED }),
  named("one's own slug at the neighbour's issuer", { authorization: signedBy(globexMint, "globex", { tenant_id: "acme" }), ...UNNAMED }),
  named("a value of nobody's at a shared issuer", { authorization: shared({ org: "nobody" }), ...UNNAMED }),
  named("the slug where the issuer's claim wants another value", { authorization: shared({ org: "umbrella" }), ...UNNAMED }),
  named("the claim in an array", { authorization: acme({ tenant_id: ["acme"] }), ...UNNAMED }),
  named("two values in an array", { authorization: shared({ org: ["umbrella-org", "initech-org"] }), ...UNNAMED }),
  named("the claim null", { authorization: acme({ tenant_id: null }), ...UNNAMED }),
  named("the claim in capitals", { authorization: acme({ tenant_id: "ACME" }), ...UNNAMED }),
  named("the claim with a line feed and another issuer's value", {
    authorization: acme({ tenant_id: `acme\n${issuerOf("globex")}\nglobex` }),
    ...UNNAMED,
  }),
  named("the issuer in an array", { authorization: acme({ iss: [issuerOf("acme")] }), ...UNNAMED }),
  named("an issuer of nobody's", { authorization: acme({ iss: "https://idp.nobody.example" }), ...UNNAMED }),
  named("a name of JavaScript's own for issuer and claim", { authorization: acme({ iss: "__proto__", tenant_id: "constructor" }), ...UNNAMED }),
  named("the claim within __proto__", {
    authorization: bearer(
      acmeMint.tokenOf('{"alg":"RS256","kid":"key-1"}', `{"__proto__":{"tenant_id":"acme"},${JSON.stringify(claimsOf("acme")).slice(1)}`),
    ),
    ...UNNAMED,
  }),
  named("the claim twice", {
    authorization: bearer(
      acmeMint.tokenOf('{"alg":"RS256","kid":"key-1"}', `{"tenant_id":"globex","tenant_id":"acme",${JSON.stringify(claimsOf("acme")).slice(1)}`),
    ),
    ...UNNAMED,
  }),
  named("an unsigned token", {
    authorization: bearer(
      `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify(claimsOf("acme", { tenant_id: "acme" }))).toString("base64url")}.`,
    ),
    findings: ["algorithm_attack"],
    ...UNNAMED,
  }),
  named("an opaque token", { authorization: "Bearer acme", ...UNNAMED }),
  named("a token without its scheme", { authorization: acme().slice("Bearer ".length), ...UNNAMED }),
  named("an API key alone", { target: "/keyed", headers: key, ...UNNAMED }),
  named("a session alone", { target: "/people", headers: [["Cookie", `__Host-sallyport-acme=${idOf("a")}`]], ...UNNAMED }),
  named("nothing at all", { ...UNNAMED }),

  named("another's signature under one's claims: it is routed, and refused there", {
    authorization: signedBy(strangerMint, "acme"),
    expect: "invalid_token",
  }),
  named("the neighbour's key of the same name under one's claims", { authorization: signedBy(globexMint, "acme"), expect: "invalid_token" }),
  named("an expired token", { authorization: acme({ exp: 1 }), expect: "token_expired" }),
  named("another audience", { authorization: acme({ aud: "globex-api" }), expect: "invalid_token" }),
  named("no subject", { authorization: acme({ sub: undefined }), expect: "invalid_claims" }),
  named("a tenant that is suspended", { authorization: signedBy(acmeMint, "frozen"), expect: "tenant_suspended" }),
  named("a path of the gateway's own", { target: "/.sallyport/login", authorization: acme(), expect: "route_not_found" }),

  named("a public route: nobody would verify what names the tenant", { target: "/open", authorization: acme(), ...UNNAMED }),
  named("a forged token and a good API key of the tenant, where the key alone counts", {
    target: "/keyed",
    headers: key,
    authorization: signedBy(strangerMint, "acme"),
    ...UNNAMED,
  }),
  named("the same where the key counts first", { target: "/key-first", headers: key, authorization: signedBy(strangerMint, "acme"), ...UNNAMED }),
  named("a good token and a good API key, where the key counts first", { target: "/key-first", headers: key, authorization: acme(), ...UNNAMED }),
  named("a forged token and a good API key, where both must hold", {
    target: "/both",
    headers: key,
    authorization: signedBy(strangerMint, "acme"),
    expect: "invalid_token",
  }),
  named("a good token and a good API key, where both must hold", { target: "/both", headers: key, authorization: acme(), ...reaches("acme") }),
  named("a good token of the neighbour's and an API key, where both must hold", {
    target: "/both",
    headers: key,
    authorization: signedBy(globexMint, "globex"),
    expect: "tenant_mismatch",
    findings: ["cross_tenant_attempt"],
  }),
  named("a session of the tenant beside its token: the cookie is not read", {
    target: "/people",
    headers: [["Cookie", `__Host-sallyport-acme=${idOf("a")}`]],
    authorization: acme(),
    ...reaches("acme"),
  }),

  {
    name: "a token of another tenant where the host names one: the claim is not read",
    host: "globex.api.example.com",
    authorization: acme(),
    expect: "tenant_mismatch",
    findings: ["cross_tenant_attempt"],
  },
  {
    name: "a host that names nobody's tenant: the token does not make good for it",
    host: "nobody.api.example.com",
    authorization: acme(),
    expect: "tenant_not_found",
  },
  {
    name: "a path that names another",
    host: NOBODY,
    target: "/tenants/globex/x",
    authorization: acme(),
    expect: "tenant_mismatch",
    findings: ["cross_tenant_attempt"],
  },
];

export const tokenClaimTable: HostileTable = {
  clause: null,
  title: "a tenant that only a token's claim names",
  cases: cases.map((each) => ({ compiled: snapshot, keys, ...each })),
};
