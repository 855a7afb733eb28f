import { acmeMint, bearer, globexMint } from "../testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, issuerOf, nowSeconds, tenant } from "../testing/fleet.fixture.js";
import type { HostileCase, HostileTable, Sent } from "../testing/hostile-case.js";
import { base64Url, createMint } from "../testing/mint.fixture.js";
import { createHolder, type Holder, hashOf, proofOf, REQUEST_URI, thumbprintOf } from "../testing/proofs.fixture.js";

const PROOF = "invalid_dpop_proof";
const peers = { trustedProxies: ["192.0.2.0/24", "127.0.0.0/8"] };
const idp = { issuer: issuerOf("acme"), audiences: ["acme-api"] };
const withDpop = (dpop: Record<string, unknown> | undefined, settings: Record<string, unknown> = {}) =>
  compiled(
    [
      tenant("acme", {
        identityProviders: { main: { ...idp, ...(dpop === undefined ? {} : { dpop }) } },
        propagationPolicies: { through: { strategy: "pass_through" } },
        routes: {
          main: { upstream: "main", authentication: { mode: "required" } },
          through: { pathPrefix: "/through", upstream: "main", propagation: "through", authentication: { mode: "required" } },
          open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
          maybe: { pathPrefix: "/maybe", upstream: "main", authentication: { mode: "optional" } },
        },
      }),
      tenant("globex"),
    ],
    settings,
  );
const lenient = withDpop(undefined);
const required = withDpop({ required: true });
const es384 = withDpop({ algorithms: ["ES384"], proofLifetimeSeconds: 5 });
const namedByToken = compiled([tenant("acme"), tenant("globex")], { resolution: ["subdomain", "token_claim"] });
const behindProxy = withDpop(undefined, peers);

const holder = createHolder();
const other = createHolder();
const rsa = createHolder("RS256");
const pss = createHolder("PS256");
const ed = createHolder("EdDSA");
const p384 = createHolder("ES384");
const weak = createHolder("RS256", 1024);

const tokenFor = ({ jkt }: Holder, more: Record<string, unknown> = {}): string => acmeMint.token(claimsOf("acme", { cnf: { jkt, ...more } }));
const token = tokenFor(holder);
const unbound = acmeMint.token(claimsOf("acme"));
const neighbours = globexMint.token(claimsOf("globex", { cnf: { jkt: holder.jkt } }));
const NOBODY = "gateway.example.net";
const naming = acmeMint.token(claimsOf("acme", { cnf: { jkt: holder.jkt }, tenant_id: "acme" }));
const withProof = (of: string, ...proofs: readonly string[]) => ({
  authorization: `DPoP ${of}`,
  headers: proofs.map((proof) => ["DPoP", proof] as const),
});
/** The token of `holder`, and its proof with changes. */
const proved = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
  withProof(token, proofOf(holder, token, claims, header));
const provedBy = (by: Holder) => withProof(tokenFor(by), proofOf(by, tokenFor(by)));
const at = (htu: string) => proved({ htu });

const fieldsOf = ({ upstreamHeaders }: Sent, name: string): string[] =>
  upstreamHeaders.filter((_, index) => index % 2 === 1 && upstreamHeaders[index - 1]?.toLowerCase() === name);
const nothingOfIt = (sent: Sent): void => {
  if (fieldsOf(sent, "dpop").length + fieldsOf(sent, "authorization").length > 0) throw new Error("the credential went on");
};
const bothGoOn = (sent: Sent): void => {
  const [authorization = "", proof = ""] = [...fieldsOf(sent, "authorization"), ...fieldsOf(sent, "dpop")];
  if (!authorization.startsWith("DPoP ") || proof === "") throw new Error("a token went on without its proof");
};

/** The proof with another payload than the one that is signed. */
function tampered(): string {
  const [header, , signature] = proofOf(holder, token).split(".");
  const claims = { jti: "t", htm: "GET", htu: REQUEST_URI, iat: nowSeconds, ath: hashOf(token) };
  return `${header}.${base64Url(JSON.stringify(claims))}.${signature}`;
}

/** Header and payload as texts, signed by the holder. */
const written = (header: string, payload: string) => withProof(token, holder.mint.tokenOf(header, payload));
const headerText = JSON.stringify({ alg: "ES256", typ: "dpop+jwt", jwk: holder.jwk });
const payloadText = (more: string): string =>
  JSON.stringify({ jti: `w-${more.length}-${hashOf(more)}`, htm: "GET", htu: REQUEST_URI, iat: nowSeconds, ath: hashOf(token) }).replace(
    /}$/,
    `${more}}`,
  );

function unsigned(alg: string) {
  const header = base64Url(JSON.stringify({ alg, typ: "dpop+jwt", jwk: holder.jwk }));
  return withProof(token, `${header}.${base64Url(payloadText(""))}.AAAA`);
}

const cases: HostileCase[] = [
  { name: "a bound token with its proof", ...proved(), expect: "allow", upstream: nothingOfIt },
  { name: "the scheme in another case", ...proved(), authorization: `dpop ${token}`, expect: "allow" },
  { name: "a proof by an RSA key", ...provedBy(rsa), expect: "allow" },
  { name: "a proof by PS256", ...provedBy(pss), expect: "allow" },
  { name: "a proof by Ed25519", ...provedBy(ed), expect: "allow" },
  { name: "a typ with application/ before it", ...proved({}, { typ: "application/dpop+jwt" }), expect: "allow" },
  { name: "a nonce that nobody asked for", ...proved({ nonce: "n" }), expect: "allow" },
  {
    name: "both go on where the policy passes credentials through",
    ...proved({ htu: "http://acme.api.example.com/through/x" }),
    target: "/through/x",
    expect: "allow",
    upstream: bothGoOn,
  },
  { name: "on a public route nobody looks at them", ...withProof(token, "any", "thing"), target: "/open/x", expect: "allow", upstream: bothGoOn },

  { name: "no proof", ...withProof(token), expect: PROOF },
  { name: "an empty proof", ...withProof(token, ""), expect: PROOF },
  { name: "two proofs, each good", ...withProof(token, proofOf(holder, token), proofOf(holder, token)), expect: PROOF },
  { name: "two proofs in one field", ...withProof(token, `${proofOf(holder, token)}, ${proofOf(holder, token)}`), expect: PROOF },
  { name: "an optional route does not overlook it", ...withProof(token), target: "/maybe/x", expect: PROOF },
  { name: "downgrade: the bound token as a bearer token", authorization: bearer(token), expect: "invalid_token" },
  { name: "downgrade: the same with its proof", ...proved(), authorization: bearer(token), expect: "invalid_token" },
  { name: "a token that is bound to nothing, with a proof", ...withProof(unbound, proofOf(holder, unbound)), expect: "invalid_token" },
  { name: "a token that is bound to nothing, as it is", authorization: bearer(unbound), expect: "allow" },
  {
    name: "a token that is bound to nothing, and a proof for nobody",
    authorization: bearer(unbound),
    headers: [["DPoP", "x"]],
    expect: "allow",
    upstream: nothingOfIt,
  },
  { name: "where keys are required, a bound token", compiled: required, ...proved(), expect: "allow" },
  { name: "where keys are required, another one", compiled: required, authorization: bearer(unbound), expect: "invalid_token" },
  { name: "the scheme without a token", authorization: "DPoP ", headers: [], expect: "missing_token" },
  {
    name: "the proof where the token belongs",
    authorization: `DPoP ${proofOf(holder, token)}`,
    headers: [["DPoP", proofOf(holder, token)]],
    expect: "invalid_token",
  },

  { name: "a proof by another key", ...withProof(token, proofOf(other, token)), expect: PROOF },
  { name: "the right key in the header, signed by another", ...withProof(token, proofOf({ ...other, jwk: holder.jwk }, token)), expect: PROOF },
  { name: "a proof that was made for another token", ...withProof(token, proofOf(holder, unbound)), expect: PROOF },
  { name: "without ath", ...proved({ ath: undefined }), expect: PROOF },
  { name: "ath with padding", ...proved({ ath: `${hashOf(token)}=` }), expect: PROOF },
  { name: "a payload that was exchanged", ...withProof(token, tampered()), expect: PROOF },
  {
    name: "a binding that is another thumbprint",
    ...withProof(
      acmeMint.token(claimsOf("acme", { cnf: { jkt: hashOf("x") } })),
      proofOf(holder, acmeMint.token(claimsOf("acme", { cnf: { jkt: hashOf("x") } }))),
    ),
    expect: PROOF,
  },
  {
    name: "a binding that is no thumbprint",
    ...withProof(acmeMint.token(claimsOf("acme", { cnf: { jkt: "short" } })), proofOf(holder, "x")),
    expect: "invalid_token",
  },
  {
    name: "a binding to a key and to something else",
    ...withProof(tokenFor(holder, { kid: "k" }), proofOf(holder, tokenFor(holder, { kid: "k" }))),
    expect: "invalid_token",
  },
  {
    name: "a binding to a key and to a certificate that is not there",
    ...withProof(tokenFor(holder, { "x5t#S256": hashOf("c") }), proofOf(holder, tokenFor(holder, { "x5t#S256": hashOf("c") }))),
    expect: "invalid_token",
  },

  {
    name: "a neighbour's bound token with its proof",
    ...withProof(neighbours, proofOf(holder, neighbours)),
    expect: "tenant_mismatch",
    findings: ["cross_tenant_attempt"],
  },
  {
    name: "a token that names its tenant, at a host that names none, with a proof for it",
    compiled: namedByToken,
    host: NOBODY,
    ...withProof(naming, proofOf(holder, naming, { htu: `http://${NOBODY}/orders` })),
    expect: "allow",
  },
  {
    name: "the same without a proof",
    compiled: namedByToken,
    host: NOBODY,
    ...withProof(naming),
    expect: PROOF,
  },

  { name: "typ JWT", ...proved({}, { typ: "JWT" }), expect: PROOF },
  { name: "no typ", ...proved({}, { typ: undefined }), expect: PROOF },
  { name: "alg none", ...unsigned("none"), expect: PROOF, findings: ["algorithm_attack"] },
  { name: "alg HS256", ...unsigned("HS256"), expect: PROOF, findings: ["algorithm_attack"] },
  { name: "alg of another kind of key", ...proved({}, { alg: "RS256" }), expect: PROOF },
  { name: "an algorithm that the provider does not list", ...provedBy(p384), expect: PROOF },
  { name: "an algorithm that the provider lists", compiled: es384, ...provedBy(p384), expect: "allow" },
  { name: "one that the provider's list leaves out", compiled: es384, ...proved(), expect: PROOF },
  { name: "crit", ...proved({}, { crit: ["b64"], b64: false }), expect: PROOF },
  { name: "no key", ...proved({}, { jwk: undefined }), expect: PROOF },
  { name: "a key by its id alone", ...proved({}, { jwk: undefined, kid: "key-1" }), expect: PROOF },
  { name: "a key that is text", ...proved({}, { jwk: JSON.stringify(holder.jwk) }), expect: PROOF },
  { name: "a private key", ...proved({}, { jwk: holder.mint.privateKey.export({ format: "jwk" }) }), expect: PROOF },
  { name: "a symmetric key", ...proved({}, { jwk: { kty: "oct", k: "AAAA" } }), expect: PROOF },
  { name: "an RSA key of 1,024 bits", ...provedBy(weak), expect: PROOF },
  { name: "an RSA key with the exponent 1", ...withProof(...forgedByExponent()), expect: PROOF },
  { name: "a point that is not on its curve", ...withProof(...offTheCurve()), expect: PROOF },
  { name: "a key for encryption", ...proved({}, { jwk: { ...holder.jwk, use: "enc" } }), expect: PROOF },

  { name: "two members of one name in the header", ...written(headerText.replace("{", '{"typ":"JWT",'), payloadText("")), expect: PROOF },
  { name: "two members of one name in the payload", ...written(headerText, payloadText(',"htm":"GET"')), expect: PROOF },
  { name: "a payload that is a list", ...written(headerText, "[]"), expect: PROOF },
  { name: "a header that is no JSON", ...written("typ", payloadText("")), expect: PROOF },
  { name: "padding", ...withProof(token, `${proofOf(holder, token)}==`), expect: PROOF },
  {
    name: "blanks before it are HTTP's and count for nothing",
    authorization: `DPoP ${token}`,
    headers: [["DPoP", `  ${proofOf(holder, token)}`]],
    expect: PROOF,
    onWire: { expect: "allow" },
  },
  { name: "a proof of ten thousand bytes", ...proved({ filler: "x".repeat(10_000) }), expect: PROOF },
  { name: "a JWE", ...withProof(token, `${proofOf(holder, token)}.AAAA.AAAA`), expect: PROOF },

  { name: "another method", ...proved({ htm: "POST" }), expect: PROOF },
  { name: "the method in lower case", ...proved({ htm: "get" }), expect: PROOF },
  { name: "no method", ...proved({ htm: undefined }), expect: PROOF },
  {
    name: "a POST with its own proof",
    ...proved({ htm: "POST" }),
    method: "POST",
    headers: [...proved({ htm: "POST" }).headers, ["Content-Length", "5"]],
    expect: "allow",
  },
  { name: "another path", ...at(`${REQUEST_URI}/1`), expect: PROOF },
  { name: "another host", ...at("http://globex.api.example.com/orders"), expect: PROOF },
  { name: "another scheme", ...at("https://acme.api.example.com/orders"), expect: PROOF },
  { name: "another port", ...at("http://acme.api.example.com:8080/orders"), expect: PROOF },
  { name: "the path in another case", ...at("http://acme.api.example.com/Orders"), expect: PROOF },
  { name: "a user in the URI", ...at("http://a@acme.api.example.com/orders"), expect: PROOF },
  { name: "a path alone", ...at("/orders"), expect: PROOF },
  { name: "a URI that is a list", ...proved({ htu: [REQUEST_URI] }), expect: PROOF },
  { name: "no URI", ...proved({ htu: undefined }), expect: PROOF },
  { name: "another spelling of the URI", ...at("HTTP://ACME.api.example.com:80/x/%2e%2E/%6Frders?a=b#c"), expect: "allow" },
  { name: "a query is not part of it", ...at(`${REQUEST_URI}?page=1`), target: "/orders?page=2", expect: "allow" },
  { name: "the port that the client named", ...at("http://acme.api.example.com:8080/orders"), host: "acme.api.example.com:8080", expect: "allow" },
  {
    name: "the scheme that a trusted proxy saw",
    compiled: behindProxy,
    ...at("https://acme.api.example.com/orders"),
    headers: [...at("https://acme.api.example.com/orders").headers, ["X-Forwarded-Proto", "https"]],
    expect: "allow",
  },
  {
    name: "the scheme that a stranger claims",
    ...at("https://acme.api.example.com/orders"),
    headers: [...at("https://acme.api.example.com/orders").headers, ["X-Forwarded-Proto", "https"]],
    expect: PROOF,
  },
  {
    name: "schemes of proxies that disagree",
    compiled: behindProxy,
    ...at("https://acme.api.example.com/orders"),
    headers: [...at("https://acme.api.example.com/orders").headers, ["X-Forwarded-Proto", "https, http"]],
    expect: PROOF,
  },

  { name: "no iat", ...proved({ iat: undefined }), expect: PROOF },
  { name: "iat as text", ...proved({ iat: String(nowSeconds) }), expect: PROOF },
  { name: "iat that is no date", ...written(headerText, payloadText(',"x":1').replace(`"iat":${nowSeconds}`, '"iat":1e999')), expect: PROOF },
  { name: "just young enough, by lifetime and tolerance", ...proved({ iat: nowSeconds - 89 }), expect: "allow" },
  { name: "too old", ...proved({ iat: nowSeconds - 90 }), expect: PROOF },
  { name: "too old for a shorter lifetime", compiled: withDpop({ proofLifetimeSeconds: 5 }), ...proved({ iat: nowSeconds - 36 }), expect: PROOF },
  { name: "from the future, within the tolerance", ...proved({ iat: nowSeconds + 30 }), expect: "allow" },
  { name: "from the future, beyond it", ...proved({ iat: nowSeconds + 31 }), expect: PROOF },
  { name: "from far away in the future", ...proved({ iat: 1e300 }), expect: PROOF },
  { name: "no jti", ...proved({ jti: undefined }), expect: PROOF },
  { name: "an empty jti", ...proved({ jti: "" }), expect: PROOF },
  { name: "a jti of 256 characters", ...proved({ jti: "j".repeat(256) }), expect: PROOF },
  { name: "a jti with a line feed", ...proved({ jti: "a\nb" }), expect: PROOF },
  { name: "a jti that is a number", ...proved({ jti: 1 }), expect: PROOF },
];

/** e = 1: what is signed is its own signature. */
function forgedByExponent(): [string, string] {
  const jwk = { ...rsa.jwk, e: "AQ" };
  const bound = acmeMint.token(claimsOf("acme", { cnf: { jkt: thumbprintOf(jwk) } }));
  return [bound, proofOf({ ...rsa, jwk }, bound)];
}

function offTheCurve(): [string, string] {
  const jwk = { ...holder.jwk, y: createMint("ES256", "k").jwk.y };
  const bound = acmeMint.token(claimsOf("acme", { cnf: { jkt: thumbprintOf(jwk) } }));
  return [bound, proofOf({ ...holder, jwk }, bound)];
}

export const dpopTable: HostileTable = {
  clause: null,
  title: "RFC 9449 §4.3 and §7: proofs of possession",
  cases: cases.map((each) => ({ compiled: lenient, ...each })),
};
