import { createHmac } from "node:crypto";
import { claimsOf } from "./tokens.mjs";

const encode = (/** @type {unknown} */ value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/**
 * Tokens of every outcome, each with its answer. All begin as the claims of a token that is good and well known by then.
 * @param {{ mint: import("@sallyport/testkit").TokenMint, issuer: string, other: { mint: import("@sallyport/testkit").TokenMint, issuer: string }, index: number }} of
 * @returns {[name: string, token: string, answer: string][]}
 */
export function tokenCases({ mint, issuer, other, index }) {
  const claims = claimsOf(issuer, index);
  const { sub: _sub, ...anonymous } = claims;
  const { exp: _exp, ...endless } = claims;
  const now = Math.floor(Date.now() / 1_000);
  const good = mint.sign(claims);
  const [header = "", payload = "", signature = ""] = good.split(".");
  const last = signature.at(-1) ?? "";
  // The last character of 256 bytes in base64url has two bits, and four that must be zero.
  const loose = String.fromCharCode(last.charCodeAt(0) + 1);
  const hmacInput = `${encode({ alg: "HS256", kid: mint.kid, typ: "JWT" })}.${payload}`;
  const hmacKey = mint.publicKey.export({ format: "pem", type: "spki" });
  return [
    ["a good token", good, "200"],
    ["a good token without typ", mint.sign(claims, { typ: undefined }), "200"],
    ["a good token with further audiences", mint.sign({ ...claims, aud: ["https://other.example", claims.aud] }), "200"],
    ["a signature with loose bits", `${header}.${payload}.${signature.slice(0, -1)}${loose}`, "401 invalid_token"],
    ["a padded signature", `${good}=`, "401 invalid_token"],
    ["a signature of other claims", `${header}.${payload}.${mint.signatureOf("other")}`, "401 invalid_token"],
    ["other claims under a good signature", `${header}.${encode({ ...claims, sub: "root" })}.${signature}`, "401 invalid_token"],
    ["a fourth segment", `${good}.AAAA`, "401 invalid_token"],
    ["alg none", `${encode({ alg: "none" })}.${payload}.`, "401 invalid_token"],
    ["HMAC with the public key", `${hmacInput}.${createHmac("sha256", hmacKey).update(hmacInput).digest("base64url")}`, "401 invalid_token"],
    ["an unknown critical extension", mint.sign(claims, { crit: ["b64"], b64: false }), "401 invalid_token"],
    ["a token type of another kind", mint.sign(claims, { typ: "logout+jwt" }), "401 invalid_token"],
    ["an unknown key", mint.sign(claims, { kid: "unknown" }), "401 unknown_signing_key"],
    ["another audience", mint.sign({ ...claims, aud: "https://other.example" }), "401 invalid_token"],
    ["an unknown issuer", mint.sign({ ...claims, iss: "https://issuer.example" }), "401 invalid_token"],
    ["an expired token", mint.sign({ ...claims, exp: now - 60 }), "401 token_expired"],
    ["a token without exp", mint.sign(endless), "401 invalid_token"],
    ["a token of the future", mint.sign({ ...claims, nbf: now + 120 }), "401 invalid_token"],
    ["a token without sub", mint.sign(anonymous), "401 invalid_claims"],
    ["the tenant claim of another tenant", mint.sign({ ...claims, tenant_id: "globex" }), "403 tenant_mismatch"],
    ["the tenant claim of this tenant", mint.sign({ ...claims, tenant_id: "acme" }), "200"],
    ["a good token of another tenant", other.mint.sign(claimsOf(other.issuer, index)), "403 tenant_mismatch"],
    ["another tenant's key under this issuer", other.mint.sign(claims, { kid: mint.kid }), "401 invalid_token"],
  ];
}
