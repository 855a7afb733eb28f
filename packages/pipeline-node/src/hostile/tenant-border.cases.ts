import { acmeMint, bearer, globexMint, SHARED_ISSUER, sharedMint, strangerMint } from "../testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, keysOf, tenant } from "../testing/fleet.fixture.js";
import type { HostileCase, HostileTable } from "../testing/hostile-case.js";

const CROSSED = ["cross_tenant_attempt"];
const initech = "initech.api.example.com";
const shared = (over: Record<string, unknown>) => bearer(sharedMint.token(claimsOf("initech", { iss: SHARED_ISSUER, aud: "shared-api", ...over })));
const acmeSigned = (over: Record<string, unknown>) => bearer(acmeMint.token(claimsOf("acme", over)));

const nested = compiled([
  tenant("acme", {
    identityProviders: {
      main: { issuer: "https://idp.acme.example", audiences: ["acme-api"], tenantClaim: { claim: "/ctx/tenant", value: "acme" } },
    },
  }),
]);
const inherited = compiled([
  tenant("acme", {
    identityProviders: {
      main: { issuer: "https://idp.acme.example", audiences: ["acme-api"], tenantClaim: { claim: "/constructor/name", value: "Object" } },
    },
  }),
]);
const disabled = compiled([
  tenant("acme", {
    identityProviders: { main: { issuer: "https://idp.acme.example", audiences: ["acme-api"], status: "disabled" } },
  }),
]);

const twoProviders = compiled([
  tenant("acme", {
    identityProviders: {
      main: { issuer: "https://idp.acme.example", audiences: ["acme-api"] },
      partners: { issuer: "https://partners.acme.example", audiences: ["acme-api"] },
    },
    routes: { main: { upstream: "main", authentication: { mode: "required", identityProviders: ["partners"] } } },
  }),
]);

const cases: HostileCase[] = [
  { name: "the right value at a shared issuer", host: initech, authorization: shared({ org: "initech-org" }), expect: "allow" },
  {
    name: "the neighbour's value at a shared issuer",
    host: initech,
    authorization: shared({ org: "umbrella-org" }),
    expect: "tenant_mismatch",
    findings: CROSSED,
  },
  {
    name: "a value of nobody's at a shared issuer",
    host: initech,
    authorization: shared({ org: "nobody" }),
    expect: "tenant_mismatch",
    findings: CROSSED,
  },
  { name: "no tenant claim", host: initech, authorization: shared({}), expect: "invalid_claims" },
  { name: "the tenant claim null", host: initech, authorization: shared({ org: null }), expect: "invalid_claims" },
  { name: "the tenant claim false", host: initech, authorization: shared({ org: false }), expect: "invalid_claims" },
  { name: "the tenant claim zero", host: initech, authorization: shared({ org: 0 }), expect: "invalid_claims" },
  { name: "the tenant claim empty", host: initech, authorization: shared({ org: "" }), expect: "tenant_mismatch", findings: CROSSED },
  { name: "the tenant claim in an array", host: initech, authorization: shared({ org: ["initech-org"] }), expect: "invalid_claims" },
  { name: "both values in an array", host: initech, authorization: shared({ org: ["umbrella-org", "initech-org"] }), expect: "invalid_claims" },
  {
    name: "the tenant claim in capitals",
    host: initech,
    authorization: shared({ org: "INITECH-ORG" }),
    expect: "tenant_mismatch",
    findings: CROSSED,
  },
  { name: "a blank after the value", host: initech, authorization: shared({ org: "initech-org " }), expect: "tenant_mismatch", findings: CROSSED },
  {
    name: "a letter that looks the same",
    host: initech,
    authorization: shared({ org: "\u0456nitech-org" }),
    expect: "tenant_mismatch",
    findings: CROSSED,
  },
  { name: "the claim under another name", host: initech, authorization: shared({ tenant_id: "initech-org" }), expect: "invalid_claims" },
  {
    name: "the claim within __proto__",
    host: initech,
    authorization: bearer(
      sharedMint.tokenOf(
        '{"alg":"ES256","kid":"shared-key"}',
        `{"__proto__":{"org":"initech-org"},${JSON.stringify(claimsOf("initech", { iss: SHARED_ISSUER, aud: "shared-api" })).slice(1)}`,
      ),
    ),
    expect: "invalid_claims",
  },
  { name: "a nested tenant claim", authorization: acmeSigned({ ctx: { tenant: "acme" } }), compiled: nested, expect: "allow" },
  {
    name: "a nested tenant claim of another's",
    authorization: acmeSigned({ ctx: { tenant: "globex" } }),
    compiled: nested,
    expect: "tenant_mismatch",
    findings: CROSSED,
  },
  { name: "the nested claim's path as a name", authorization: acmeSigned({ "/ctx/tenant": "acme" }), compiled: nested, expect: "invalid_claims" },
  { name: "a claim path through JavaScript's own members", authorization: acmeSigned({}), compiled: inherited, expect: "invalid_claims" },
  { name: "the usual claim with the tenant's slug", authorization: acmeSigned({ tenant_id: "acme" }), expect: "allow" },
  { name: "the usual claim absent on an IdP of one tenant", authorization: acmeSigned({}), expect: "allow" },
  {
    name: "the usual claim with the neighbour's slug",
    authorization: acmeSigned({ tenant_id: "globex" }),
    expect: "tenant_mismatch",
    findings: CROSSED,
  },
  { name: "the usual claim null", authorization: acmeSigned({ tenant_id: null }), expect: "invalid_claims" },
  { name: "the usual claim in an array", authorization: acmeSigned({ tenant_id: ["acme"] }), expect: "invalid_claims" },
  {
    name: "a token of the tenant's own IdP that the route does not take",
    authorization: acmeSigned({}),
    compiled: twoProviders,
    expect: "invalid_token",
  },
  {
    name: "the neighbour's token, same kid",
    authorization: bearer(globexMint.token(claimsOf("globex"))),
    expect: "tenant_mismatch",
    findings: CROSSED,
  },
  {
    name: "the neighbour's token naming this tenant",
    authorization: bearer(globexMint.token(claimsOf("globex", { tenant_id: "acme" }))),
    expect: "tenant_mismatch",
    findings: CROSSED,
  },
  { name: "the neighbour's IdP signing this tenant's claims", authorization: bearer(globexMint.token(claimsOf("acme"))), expect: "invalid_token" },
  { name: "the neighbour's claims signed by a stranger", authorization: bearer(strangerMint.token(claimsOf("globex"))), expect: "invalid_token" },
  { name: "the neighbour's token, expired", authorization: bearer(globexMint.token(claimsOf("globex", { exp: 1 }))), expect: "invalid_token" },
  {
    name: "the neighbour's token for another audience",
    authorization: bearer(globexMint.token(claimsOf("globex", { aud: "acme-api" }))),
    expect: "invalid_token",
  },
  {
    name: "the neighbour's token, its keys out of reach",
    authorization: bearer(globexMint.token(claimsOf("globex"))),
    keys: keysOf({ "acme/main": [acmeMint.jwk] }),
    expect: "invalid_token",
  },
  {
    name: "a shared issuer's token where that issuer is unknown",
    authorization: shared({ org: "umbrella-org" }),
    expect: "tenant_mismatch",
    findings: CROSSED,
  },
  { name: "a shared issuer's token of nobody where that issuer is unknown", authorization: shared({ org: "nobody" }), expect: "invalid_token" },
  {
    name: "this tenant's token at the neighbour",
    host: "globex.api.example.com",
    authorization: acmeSigned({}),
    expect: "tenant_mismatch",
    findings: CROSSED,
  },
  {
    name: "any token at a tenant without an IdP",
    host: "orphan.api.example.com",
    authorization: bearer(strangerMint.token(claimsOf("orphan"))),
    expect: "invalid_token",
  },
  { name: "a good token of an IdP that is disabled", authorization: acmeSigned({}), compiled: disabled, expect: "invalid_token" },
  {
    name: "host of one tenant, path of another",
    target: "/tenants/globex/orders",
    authorization: acmeSigned({}),
    expect: "tenant_conflict",
    findings: ["tenant_conflict"],
  },
  {
    name: "host of one tenant, header of another",
    headers: [["X-Tenant-ID", "globex"]],
    authorization: acmeSigned({}),
    expect: "tenant_conflict",
    findings: ["tenant_conflict"],
  },
  {
    name: "two headers that name tenants",
    headers: [
      ["X-Tenant-ID", "acme"],
      ["x-tenant-id", "acme"],
    ],
    authorization: acmeSigned({}),
    expect: "bad_request",
  },
];

export const tenantBorderTable: HostileTable = { clause: 4, title: "the tenant claim, and no token across the border", cases };
