import { createPrivateKey, createSecretKey } from "node:crypto";
import { acmeEcMint, acmeMint, bearer, globexMint, strangerMint } from "../testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, keysOf, tenant } from "../testing/fleet.fixture.js";
import type { HostileCase, HostileTable } from "../testing/hostile-case.js";
import { createMint, type Jwk } from "../testing/mint.fixture.js";

const good = bearer(acmeMint.token(claimsOf("acme")));
const small = createMint("RS256", "small", 1024);
const p384 = createMint("ES384", "p384");
const acmeKeys = (...jwks: Jwk[]) => keysOf({ "acme/main": jwks });
const without = (jwk: Jwk, ...names: string[]): Jwk => Object.fromEntries(Object.entries(jwk).filter(([name]) => !names.includes(name)));
const secret = createSecretKey(Buffer.alloc(32, 7)).export({ format: "jwk" });
const privateJwk = createPrivateKey(acmeMint.privateKey.export({ type: "pkcs8", format: "pem" })).export({ format: "jwk" });
const noKid = bearer(acmeMint.token(claimsOf("acme"), { kid: undefined }));
const psMint = { ...acmeMint.jwk, alg: "PS256" };
const slow = compiled([
  tenant("acme", { identityProviders: { main: { issuer: "https://idp.acme.example", audiences: ["acme-api"], algorithms: ["ES384"] } } }),
]);

const cases: HostileCase[] = [
  { name: "the key as it should be", authorization: good, expect: "allow" },
  { name: "a key without alg, use and key_ops", authorization: good, keys: acmeKeys(without(acmeMint.jwk, "alg", "use")), expect: "allow" },
  { name: "a key with key_ops verify", authorization: good, keys: acmeKeys({ ...acmeMint.jwk, key_ops: ["verify"] }), expect: "allow" },
  {
    name: "a bad member beside the good one",
    authorization: good,
    keys: acmeKeys({ kty: "RSA" }, null as unknown as Jwk, acmeMint.jwk),
    expect: "allow",
  },
  { name: "an unknown kid", authorization: bearer(acmeMint.token(claimsOf("acme"), { kid: "key-2" })), expect: "unknown_signing_key" },
  { name: "a key whose alg is PS256, for an RS256 token", authorization: good, keys: acmeKeys(psMint), expect: "invalid_token" },
  { name: "an encryption key", authorization: good, keys: acmeKeys({ ...acmeMint.jwk, use: "enc" }), expect: "unknown_signing_key" },
  {
    name: "a key whose key_ops only sign",
    authorization: good,
    keys: acmeKeys({ ...acmeMint.jwk, key_ops: ["sign"] }),
    expect: "unknown_signing_key",
  },
  { name: "a key whose key_ops is text", authorization: good, keys: acmeKeys({ ...acmeMint.jwk, key_ops: "verify" }), expect: "unknown_signing_key" },
  {
    name: "a set that shows the private key",
    authorization: good,
    keys: acmeKeys({ ...privateJwk, kid: "key-1", alg: "RS256" }),
    expect: "unknown_signing_key",
  },
  { name: "a symmetric key in the set", authorization: good, keys: acmeKeys({ ...secret, kid: "key-1" }), expect: "unknown_signing_key" },
  { name: "an RSA key of 1024 bits", authorization: bearer(small.token(claimsOf("acme"))), keys: acmeKeys(small.jwk), expect: "unknown_signing_key" },
  { name: "an RSA key with e = 1", authorization: good, keys: acmeKeys({ ...acmeMint.jwk, e: "AQ" }), expect: "unknown_signing_key" },
  { name: "an RSA key with an even e", authorization: good, keys: acmeKeys({ ...acmeMint.jwk, e: "AQAA" }), expect: "unknown_signing_key" },
  {
    name: "an RSA key with a padded modulus",
    authorization: good,
    keys: acmeKeys({ ...acmeMint.jwk, n: `${acmeMint.jwk.n}==` }),
    expect: "unknown_signing_key",
  },
  {
    name: "a curve that is not the algorithm's",
    authorization: bearer(p384.token(claimsOf("acme"), { alg: "ES256" })),
    keys: acmeKeys({ ...p384.jwk, alg: "ES256" }),
    expect: "unknown_signing_key",
  },
  {
    name: "an algorithm that the IdP has not switched on",
    authorization: bearer(p384.token(claimsOf("acme"))),
    keys: acmeKeys(p384.jwk),
    expect: "invalid_token",
  },
  {
    name: "the same algorithm, switched on",
    authorization: bearer(p384.token(claimsOf("acme"))),
    keys: acmeKeys(p384.jwk),
    compiled: slow,
    expect: "allow",
  },
  { name: "an EC key named by an RS256 token", authorization: bearer(acmeMint.token(claimsOf("acme"), { kid: "ec-1" })), expect: "invalid_token" },
  { name: "a token without kid and one key for its algorithm", authorization: noKid, expect: "allow" },
  {
    name: "a token without kid and two keys for its algorithm",
    authorization: noKid,
    keys: acmeKeys(acmeMint.jwk, strangerMint.jwk),
    expect: "unknown_signing_key",
  },
  { name: "a token without kid and no key for its algorithm", authorization: noKid, keys: acmeKeys(acmeEcMint.jwk), expect: "unknown_signing_key" },
  {
    name: "two different keys with one kid",
    authorization: good,
    keys: acmeKeys(acmeMint.jwk, { ...strangerMint.jwk, kid: "key-1" }),
    expect: "unknown_signing_key",
  },
  { name: "the same key twice", authorization: good, keys: acmeKeys(acmeMint.jwk, acmeMint.jwk), expect: "allow" },
  {
    name: "an RSA and an EC key with one kid",
    authorization: good,
    keys: acmeKeys(acmeMint.jwk, { ...acmeEcMint.jwk, kid: "key-1" }),
    expect: "allow",
  },
  { name: "the neighbour's key under the same kid", authorization: bearer(globexMint.token(claimsOf("acme"))), expect: "invalid_token" },
  {
    name: "an embedded jwk, signed by it",
    authorization: bearer(strangerMint.token(claimsOf("acme"), { jwk: strangerMint.jwk })),
    expect: "invalid_token",
  },
  {
    name: "an embedded jwk and no kid, signed by it",
    authorization: bearer(strangerMint.token(claimsOf("acme"), { jwk: strangerMint.jwk, kid: undefined })),
    expect: "invalid_token",
  },
  {
    name: "a jku of the attacker's",
    authorization: bearer(strangerMint.token(claimsOf("acme"), { jku: "https://evil.example/jwks" })),
    expect: "invalid_token",
  },
  {
    name: "an x5u of the attacker's",
    authorization: bearer(strangerMint.token(claimsOf("acme"), { x5u: "https://evil.example/x" })),
    expect: "invalid_token",
  },
  { name: "an x5c of the attacker's", authorization: bearer(strangerMint.token(claimsOf("acme"), { x5c: ["AAAA"] })), expect: "invalid_token" },
  {
    name: "a good token that also has a jku",
    authorization: bearer(acmeMint.token(claimsOf("acme"), { jku: "https://evil.example/jwks" })),
    expect: "allow",
  },
  { name: "a kid that is a number, signed", authorization: bearer(acmeMint.token(claimsOf("acme"), { kid: 1 })), expect: "invalid_token" },
  { name: "an empty kid, signed", authorization: bearer(acmeMint.token(claimsOf("acme"), { kid: "" })), expect: "invalid_token" },
  { name: "a kid of null, signed", authorization: bearer(acmeMint.token(claimsOf("acme"), { kid: null })), expect: "invalid_token" },
  {
    name: "a kid of 257 characters, signed",
    authorization: bearer(acmeMint.token(claimsOf("acme"), { kid: "k".repeat(257) })),
    expect: "invalid_token",
  },
  { name: "a kid that is a path", authorization: bearer(acmeMint.token(claimsOf("acme"), { kid: "../../dev/null" })), expect: "unknown_signing_key" },
  { name: "a kid named __proto__", authorization: bearer(acmeMint.token(claimsOf("acme"), { kid: "__proto__" })), expect: "unknown_signing_key" },
  { name: "an IdP whose keys cannot be had", authorization: good, keys: keysOf({}), expect: "idp_unavailable" },
];

export const keysTable: HostileTable = { clause: 2, title: "keys bind, and belong to one IdP of one tenant", cases };
