import { acmeMint, bearer } from "../testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, tenant } from "../testing/fleet.fixture.js";
import type { HostileCase, HostileTable } from "../testing/hostile-case.js";

const signed = (over: Record<string, unknown>, header: Record<string, unknown> = {}) => bearer(acmeMint.token(claimsOf("acme", over), header));
const typed = (typ: unknown) => signed({}, { typ });
const idp = { issuer: "https://idp.acme.example", audiences: ["acme-api"] };
const demanding = compiled([
  tenant("acme", {
    identityProviders: {
      main: { ...idp, requiredClaims: [{ claim: "email_verified", oneOf: ["true"] }, { claim: "azp" }], requiredScopes: ["orders"] },
    },
  }),
]);
const accessTokensOnly = compiled([tenant("acme", { identityProviders: { main: { ...idp, tokenTypes: ["at+jwt"] } } })]);
const inherited = compiled([tenant("acme", { identityProviders: { main: { ...idp, requiredClaims: [{ claim: "toString" }] } } })]);
const full = { email_verified: true, azp: "app", scope: "orders read" };

const cases: HostileCase[] = [
  { name: "an ordinary sub", authorization: signed({ sub: "user-1" }), expect: "allow" },
  { name: "a sub of one character", authorization: signed({ sub: "u" }), expect: "allow" },
  { name: "a sub of 255 characters", authorization: signed({ sub: "u".repeat(255) }), expect: "allow" },
  { name: "a sub of 256 characters", authorization: signed({ sub: "u".repeat(256) }), expect: "invalid_claims" },
  { name: "a sub with a blank within", authorization: signed({ sub: "auth0 |x" }), expect: "allow" },
  { name: "no sub", authorization: signed({ sub: undefined }), expect: "invalid_claims" },
  { name: "an empty sub", authorization: signed({ sub: "" }), expect: "invalid_claims" },
  { name: "a sub that is a number", authorization: signed({ sub: 1 }), expect: "invalid_claims" },
  { name: "a sub that is null", authorization: signed({ sub: null }), expect: "invalid_claims" },
  { name: "a sub in an array", authorization: signed({ sub: ["user-1"] }), expect: "invalid_claims" },
  { name: "a sub with a blank before it", authorization: signed({ sub: " user-1" }), expect: "invalid_claims" },
  { name: "a sub with a blank after it", authorization: signed({ sub: "user-1 " }), expect: "invalid_claims" },
  { name: "a sub with CR LF", authorization: signed({ sub: "user-1\r\nX-Admin: 1" }), expect: "invalid_claims" },
  { name: "a sub with a line feed at its end", authorization: signed({ sub: "user-1\n" }), expect: "invalid_claims" },
  { name: "a sub with NUL", authorization: signed({ sub: "user\0-1" }), expect: "invalid_claims" },
  { name: "a sub with an umlaut", authorization: signed({ sub: "jürgen" }), expect: "invalid_claims" },
  { name: "a sub with a zero-width character", authorization: signed({ sub: "user\u200b1" }), expect: "invalid_claims" },
  {
    name: "a sub within __proto__",
    authorization: bearer(
      acmeMint.tokenOf(
        '{"alg":"RS256","kid":"key-1"}',
        `{"__proto__":{"sub":"root"},${JSON.stringify(claimsOf("acme", { sub: undefined })).slice(1)}`,
      ),
    ),
    expect: "invalid_claims",
  },
  { name: "no typ", authorization: typed(undefined), expect: "allow" },
  { name: "typ at+jwt", authorization: typed("at+jwt"), expect: "allow" },
  { name: "typ application/at+jwt", authorization: typed("application/at+jwt"), expect: "allow" },
  { name: "typ in another case", authorization: typed("Application/AT+JWT"), expect: "allow" },
  { name: "typ of an ID token for a logout", authorization: typed("logout+jwt"), expect: "invalid_token" },
  { name: "typ dpop+jwt", authorization: typed("dpop+jwt"), expect: "invalid_token" },
  { name: "typ empty", authorization: typed(""), expect: "invalid_token" },
  { name: "typ a number", authorization: typed(1), expect: "invalid_token" },
  { name: "typ null", authorization: typed(null), expect: "invalid_token" },
  { name: "typ twice application/", authorization: typed("application/application/jwt"), expect: "invalid_token" },
  { name: "typ JWT where only access tokens are taken", authorization: typed("JWT"), compiled: accessTokensOnly, expect: "invalid_token" },
  { name: "cnf with a thumbprint", authorization: signed({ cnf: { jkt: "x" } }), expect: "invalid_token" },
  { name: "cnf null", authorization: signed({ cnf: null }), expect: "invalid_token" },
  { name: "cnf empty", authorization: signed({ cnf: {} }), expect: "invalid_token" },
  { name: "what the IdP requires", authorization: signed(full), compiled: demanding, expect: "allow" },
  { name: "a required claim is missing", authorization: signed({ ...full, azp: undefined }), compiled: demanding, expect: "invalid_claims" },
  { name: "a required claim that only JavaScript has", authorization: signed({}), compiled: inherited, expect: "invalid_claims" },
  { name: "a required claim of such a name that is there", authorization: signed({ toString: "x" }), compiled: inherited, expect: "allow" },
  { name: "a required claim is null", authorization: signed({ ...full, azp: null }), compiled: demanding, expect: "invalid_claims" },
  {
    name: "a required claim has another value",
    authorization: signed({ ...full, email_verified: false }),
    compiled: demanding,
    expect: "invalid_claims",
  },
  {
    name: "a required scope is missing",
    authorization: signed({ ...full, scope: "read ordersx" }),
    compiled: demanding,
    expect: "insufficient_scope",
  },
  {
    name: "a required scope in scp instead",
    authorization: signed({ ...full, scope: undefined, scp: ["orders"] }),
    compiled: demanding,
    expect: "allow",
  },
  {
    name: "a scope that smuggles another",
    authorization: signed({ ...full, scope: ["read orders"] }),
    compiled: demanding,
    expect: "insufficient_scope",
  },
  { name: "a route's scope is granted", target: "/open/admin/x", authorization: signed({ scope: "admin" }), expect: "allow" },
  {
    name: "a route's scope is not granted",
    target: "/open/admin/x",
    authorization: signed({ scope: "Admin administrator" }),
    expect: "insufficient_scope",
  },
];

export const subjectAndTypeTable: HostileTable = { clause: 5, title: "sub, typ and cnf", cases };
