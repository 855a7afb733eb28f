import { createHmac, createPublicKey } from "node:crypto";
import { acmeEcMint, acmeEdMint, acmeMint, bearer, strangerMint } from "../testing/acme-and-globex.fixture.js";
import { claimsOf } from "../testing/fleet.fixture.js";
import type { HostileCase, HostileTable } from "../testing/hostile-case.js";
import { base64Url } from "../testing/mint.fixture.js";

const good = acmeMint.token(claimsOf("acme"));
const [header = "", payload = "", signature = ""] = good.split(".");
const ecToken = acmeEcMint.token(claimsOf("acme"), { alg: "ES256", kid: "ec-1" });

/** The same ECDSA signature with n − s in place of s. */
function otherS(token: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const dot = token.lastIndexOf(".");
  const bytes = Buffer.from(token.slice(dot + 1), "base64url");
  const s = BigInt(`0x${bytes.subarray(32).toString("hex")}`);
  const other = Buffer.from((order - s).toString(16).padStart(64, "0"), "hex");
  return `${token.slice(0, dot)}.${Buffer.concat([bytes.subarray(0, 32), other]).toString("base64url")}`;
}

/** Sets a bit that canonical base64url leaves zero, when the length has such bits. */
function withLooseBits(segment: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return segment.slice(0, -1) + alphabet[alphabet.indexOf(segment.at(-1) ?? "A") + 1];
}

const unsigned = (alg: string) => `${base64Url(JSON.stringify({ alg, typ: "JWT" }))}.${payload}.`;
const spki = createPublicKey(acmeMint.publicKey.export({ type: "spki", format: "pem" })).export({ type: "spki", format: "pem" });
const hmacInput = `${base64Url(JSON.stringify({ alg: "HS256", kid: "key-1", typ: "JWT" }))}.${payload}`;
const hmacToken = `${hmacInput}.${createHmac("sha256", spki).update(hmacInput).digest("base64url")}`;

/** RFC 9110 §5.5: blanks around a value are no part of it; the parser has taken them off. */
const OWS = { expect: "allow" } as const;
/** No field value can hold it: the parser refuses the message. */
const NO_FIELD = { expect: "bad_request" } as const;

const cases: HostileCase[] = [
  { name: "a good token", authorization: bearer(good), expect: "allow" },
  { name: "the scheme in another case", authorization: `bEaReR ${good}`, expect: "allow" },
  { name: "an ES256 token", authorization: bearer(ecToken), expect: "allow" },
  { name: "the same ES256 token with the other s", authorization: bearer(otherS(ecToken)), expect: "allow" },
  { name: "an EdDSA token", authorization: bearer(acmeEdMint.token(claimsOf("acme"))), expect: "allow" },
  { name: "EdDSA by its other name, Ed25519", authorization: bearer(acmeEdMint.token(claimsOf("acme"), { alg: "Ed25519" })), expect: "allow" },
  { name: "no Authorization field", expect: "missing_token" },
  { name: "an empty Authorization field", authorization: "", expect: "missing_token" },
  { name: "the scheme alone", authorization: "Bearer", expect: "missing_token" },
  { name: "the scheme and a blank", authorization: "Bearer ", expect: "missing_token" },
  { name: "the Basic scheme", authorization: "Basic dXNlcjpwYXNz", expect: "missing_token" },
  { name: "a tab after the scheme", authorization: `Bearer\t${good}`, expect: "missing_token" },
  { name: "no blank after the scheme", authorization: `Bearer${good}`, expect: "missing_token" },
  { name: "two blanks after the scheme", authorization: `Bearer  ${good}`, expect: "invalid_token" },
  { name: "a blank at the end", authorization: `Bearer ${good} `, expect: "invalid_token", onWire: OWS },
  { name: "two tokens in one field", authorization: `Bearer ${good} ${good}`, expect: "invalid_token" },
  { name: "two credentials in one field", authorization: `Bearer ${good}, Bearer ${good}`, expect: "invalid_token" },
  { name: "two Authorization fields", authorization: bearer(good), headers: [["Authorization", bearer(good)]], expect: "ambiguous_credential" },
  {
    name: "two Authorization fields in two spellings",
    authorization: bearer(good),
    headers: [["aUTHORIZATION", "Basic eA"]],
    expect: "ambiguous_credential",
  },
  {
    name: "two Authorization fields on a public route",
    target: "/open",
    authorization: bearer(good),
    headers: [["authorization", "x"]],
    expect: "ambiguous_credential",
  },
  { name: "the token in the query", target: `/orders?access_token=${good}`, expect: "missing_token" },
  { name: "the token in another header", headers: [["X-Access-Token", good]], expect: "missing_token" },
  { name: "the token in a cookie", headers: [["Cookie", `token=${good}`]], expect: "missing_token" },
  { name: "the token in Proxy-Authorization", headers: [["Proxy-Authorization", bearer(good)]], expect: "missing_token" },
  { name: "padding after the signature", authorization: bearer(`${good}==`), expect: "invalid_token" },
  { name: "padding after the payload", authorization: bearer(`${header}.${payload}=.${signature}`), expect: "invalid_token" },
  { name: "loose bits in the signature", authorization: bearer(`${header}.${payload}.${withLooseBits(signature)}`), expect: "invalid_token" },
  { name: "loose bits in an ES256 signature", authorization: bearer(withLooseBits(ecToken)), expect: "invalid_token" },
  { name: "standard base64 characters", authorization: bearer(`${header}.${payload}.${"ab+/".repeat(86)}`), expect: "invalid_token" },
  { name: "a segment of impossible length", authorization: bearer(`${header}.${payload}.${signature}aaa`), expect: "invalid_token" },
  { name: "four segments", authorization: bearer(`${good}.x`), expect: "invalid_token" },
  { name: "two segments", authorization: bearer(`${header}.${payload}`), expect: "invalid_token" },
  { name: "five segments, a JWE", authorization: bearer(`${header}.${payload}.AA.AA.AA`), expect: "invalid_token" },
  {
    name: "the JSON serialisation",
    authorization: bearer(JSON.stringify({ payload, signatures: [{ protected: header, signature }] })),
    expect: "invalid_token",
  },
  { name: "a non-ASCII byte within", authorization: bearer(`${header}.${payload}\xa0.${signature}`), expect: "invalid_token" },
  { name: "a NUL within", authorization: bearer(`${header}\0.${payload}.${signature}`), expect: "invalid_token", onWire: NO_FIELD },
  { name: "a line feed within", authorization: bearer(`${header}.${payload}\n.${signature}`), expect: "invalid_token", onWire: NO_FIELD },
  { name: "longer than the limit", authorization: bearer(acmeMint.token(claimsOf("acme", { pad: "x".repeat(8_192) }))), expect: "invalid_token" },
  { name: "alg none without signature", authorization: bearer(unsigned("none")), expect: "invalid_token", findings: ["algorithm_attack"] },
  { name: "alg NoNe without signature", authorization: bearer(unsigned("NoNe")), expect: "invalid_token", findings: ["algorithm_attack"] },
  {
    name: "alg none with the good signature",
    authorization: bearer(`${unsigned("none")}${signature}`),
    expect: "invalid_token",
    findings: ["algorithm_attack"],
  },
  { name: "the public key as HMAC secret", authorization: bearer(hmacToken), expect: "invalid_token", findings: ["algorithm_attack"] },
  { name: "a signature of another key", authorization: bearer(strangerMint.token(claimsOf("acme"))), expect: "invalid_token" },
  {
    name: "another payload under the good signature",
    authorization: bearer(`${header}.${base64Url(JSON.stringify(claimsOf("acme", { sub: "root" })))}.${signature}`),
    expect: "invalid_token",
  },
  { name: "crit, signed", authorization: bearer(acmeMint.token(claimsOf("acme"), { crit: ["exp"], exp: 1 })), expect: "invalid_token" },
  { name: "an empty crit, signed", authorization: bearer(acmeMint.token(claimsOf("acme"), { crit: [] })), expect: "invalid_token" },
  { name: "b64 false, signed", authorization: bearer(acmeMint.token(claimsOf("acme"), { b64: false })), expect: "invalid_token" },
  { name: "no alg, signed", authorization: bearer(acmeMint.token(claimsOf("acme"), { alg: undefined })), expect: "invalid_token" },
  { name: "alg as an array, signed", authorization: bearer(acmeMint.token(claimsOf("acme"), { alg: ["RS256"] })), expect: "invalid_token" },
  { name: "alg in small letters, signed", authorization: bearer(acmeMint.token(claimsOf("acme"), { alg: "rs256" })), expect: "invalid_token" },
  {
    name: "a header with alg twice, signed",
    authorization: bearer(acmeMint.tokenOf('{"alg":"RS256","kid":"key-1","alg":"RS256"}', JSON.stringify(claimsOf("acme")))),
    expect: "invalid_token",
  },
  {
    name: "a header with alg twice, once escaped, signed",
    authorization: bearer(acmeMint.tokenOf('{"alg":"RS256","kid":"key-1","\\u0061lg":"RS256"}', JSON.stringify(claimsOf("acme")))),
    expect: "invalid_token",
  },
  {
    name: "a payload with sub twice, signed",
    authorization: bearer(acmeMint.tokenOf('{"alg":"RS256","kid":"key-1"}', `{"sub":"root",${JSON.stringify(claimsOf("acme")).slice(1)}`)),
    expect: "invalid_token",
  },
  {
    name: "a payload that is an array, signed",
    authorization: bearer(acmeMint.tokenOf('{"alg":"RS256","kid":"key-1"}', "[]")),
    expect: "invalid_token",
  },
  {
    name: "a payload that is null, signed",
    authorization: bearer(acmeMint.tokenOf('{"alg":"RS256","kid":"key-1"}', "null")),
    expect: "invalid_token",
  },
  { name: "an empty payload, signed", authorization: bearer(acmeMint.tokenOf('{"alg":"RS256","kid":"key-1"}', "")), expect: "invalid_token" },
  {
    name: "a payload after a byte order mark, signed",
    authorization: bearer(acmeMint.tokenOf('{"alg":"RS256","kid":"key-1"}', `\ufeff${JSON.stringify(claimsOf("acme"))}`)),
    expect: "invalid_token",
  },
  {
    name: "a depth bomb, signed",
    authorization: bearer(acmeMint.tokenOf('{"alg":"RS256","kid":"key-1"}', `{"a":${"[".repeat(2_000)}${"]".repeat(2_000)}}`)),
    expect: "invalid_token",
  },
  {
    name: "text after the payload's object, signed",
    authorization: bearer(acmeMint.tokenOf('{"alg":"RS256","kid":"key-1"}', `${JSON.stringify(claimsOf("acme"))}x`)),
    expect: "invalid_token",
  },
];

export const authorizationTable: HostileTable = { clause: 1, title: "one Authorization field, one canonical token", cases };
