import { acmeMint, bearer } from "../testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, nowSeconds, tenant } from "../testing/fleet.fixture.js";
import type { HostileCase, HostileTable } from "../testing/hostile-case.js";

const signed = (over: Record<string, unknown>) => bearer(acmeMint.token(claimsOf("acme", over)));
/** Claims as text, for what JSON.stringify does not write. */
const signedText = (member: string) =>
  bearer(acmeMint.tokenOf('{"alg":"RS256","kid":"key-1"}', `{"iss":"https://idp.acme.example","aud":"acme-api","sub":"user-1",${member}}`));
const strict = compiled([
  tenant("acme", { identityProviders: { main: { issuer: "https://idp.acme.example", audiences: ["acme-api"], clockToleranceSeconds: 0 } } }),
]);

const cases: HostileCase[] = [
  { name: "exp in ten minutes", authorization: signed({}), expect: "allow" },
  { name: "no exp", authorization: signed({ exp: undefined }), expect: "invalid_token" },
  { name: "exp as text", authorization: signed({ exp: String(nowSeconds + 600) }), expect: "invalid_token" },
  { name: "exp null", authorization: signed({ exp: null }), expect: "invalid_token" },
  { name: "exp in an array", authorization: signed({ exp: [nowSeconds + 600] }), expect: "invalid_token" },
  { name: "exp true", authorization: signed({ exp: true }), expect: "invalid_token" },
  { name: "exp 1e999", authorization: signedText('"exp":1e999'), expect: "invalid_token" },
  { name: "exp beyond every date", authorization: signedText('"exp":1e20'), expect: "invalid_token" },
  { name: "exp as a fraction", authorization: signed({ exp: nowSeconds + 0.5 }), expect: "allow" },
  { name: "exp zero", authorization: signed({ exp: 0 }), expect: "token_expired" },
  { name: "exp negative", authorization: signed({ exp: -1 }), expect: "token_expired" },
  { name: "exp past, within the tolerance", authorization: signed({ exp: nowSeconds - 29 }), expect: "allow" },
  { name: "exp past by the tolerance", authorization: signed({ exp: nowSeconds - 30 }), expect: "token_expired" },
  { name: "exp now, where no tolerance is given", authorization: signed({ exp: nowSeconds }), compiled: strict, expect: "token_expired" },
  { name: "exp in a second, where no tolerance is given", authorization: signed({ exp: nowSeconds + 1 }), compiled: strict, expect: "allow" },
  { name: "nbf within the tolerance", authorization: signed({ nbf: nowSeconds + 30 }), expect: "allow" },
  { name: "nbf beyond the tolerance", authorization: signed({ nbf: nowSeconds + 31 }), expect: "invalid_token" },
  { name: "nbf as text", authorization: signed({ nbf: "0" }), expect: "invalid_token" },
  { name: "nbf 1e999", authorization: signedText(`"exp":${nowSeconds + 600},"nbf":1e999`), expect: "invalid_token" },
  { name: "nbf null", authorization: signed({ nbf: null }), expect: "invalid_token" },
  { name: "iat in the future", authorization: signed({ iat: nowSeconds + 60 }), expect: "invalid_token" },
  { name: "iat in milliseconds", authorization: signed({ iat: nowSeconds * 1000 }), expect: "invalid_token" },
  { name: "iat as an object", authorization: signed({ iat: {} }), expect: "invalid_token" },
  { name: "no iat", authorization: signed({ iat: undefined }), expect: "allow" },
  { name: "no iss", authorization: signed({ iss: undefined }), expect: "invalid_token" },
  { name: "iss with a slash at the end", authorization: signed({ iss: "https://idp.acme.example/" }), expect: "invalid_token" },
  { name: "iss in capitals", authorization: signed({ iss: "https://IDP.acme.example" }), expect: "invalid_token" },
  { name: "iss in an array", authorization: signed({ iss: ["https://idp.acme.example"] }), expect: "invalid_token" },
  {
    name: "iss with a line feed and another audience's text",
    authorization: signed({ iss: "https://idp.globex.example\nglobex-api" }),
    expect: "invalid_token",
  },
  { name: "iss named like an object's member", authorization: signed({ iss: "constructor" }), expect: "invalid_token" },
  { name: "no aud", authorization: signed({ aud: undefined }), expect: "invalid_token" },
  { name: "another aud", authorization: signed({ aud: "other-api" }), expect: "invalid_token" },
  { name: "aud with more after it", authorization: signed({ aud: "acme-api2" }), expect: "invalid_token" },
  { name: "an empty aud array", authorization: signed({ aud: [] }), expect: "invalid_token" },
  { name: "aud among others", authorization: signed({ aud: ["other", "acme-api"] }), expect: "allow" },
  { name: "aud in an array with a number", authorization: signed({ aud: [1, "acme-api"] }), expect: "invalid_token" },
  { name: "aud in a nested array", authorization: signed({ aud: [["acme-api"]] }), expect: "invalid_token" },
  { name: "aud as an object", authorization: signed({ aud: { "acme-api": true } }), expect: "invalid_token" },
];

export const timeAndAudienceTable: HostileTable = { clause: 3, title: "iss, aud and exp are required, and dates are numbers", cases };
