import { sign } from "node:crypto";
import { promisify } from "node:util";
import { AUDIENCE } from "./sections.mjs";

const signInThreads = promisify(sign);
const encode = (/** @type {unknown} */ value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token as identity providers make them: some 800 bytes with an RSA signature, 540 with ECDSA. @param {string} issuer @param {number} index */
export const claimsOf = (issuer, index) => ({
  iss: issuer,
  aud: AUDIENCE,
  sub: `user-${index}`,
  iat: Math.floor(Date.now() / 1_000) - 5,
  exp: Math.floor(Date.now() / 1_000) + 3_600,
  jti: `${index.toString(16).padStart(8, "0")}-9d2f-4c1e-8b5a-3f6d2e1c0b9a`,
  email: `user-${index}@example.test`,
  roles: ["orders:read", "orders:write", "member"],
  scope: "openid profile email orders",
});

/**
 * RS256 or ES256 tokens that differ in subject and id, signed on every CPU there is.
 * @param {import("@sallyport/testkit").TokenMint} mint
 * @param {{ issuer: string, from: number, count: number }} range
 */
export async function mintMany({ alg, privateKey, kid }, { issuer, from, count }) {
  const header = encode({ alg, kid, typ: "at+jwt" });
  /** @type {string[]} */
  const tokens = [];
  for (let start = 0; start < count; start += 500) {
    const batch = Array.from({ length: Math.min(500, count - start) }, async (_, offset) => {
      const input = `${header}.${encode(claimsOf(issuer, from + start + offset))}`;
      const signature = await signInThreads("sha256", Buffer.from(input, "latin1"), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${input}.${signature.toString("base64url")}`;
    });
    tokens.push(...(await Promise.all(batch)));
  }
  return tokens;
}

/**
 * The bytes of a request as an HTTP client sends it.
 * @param {{ host: string, path?: string, token?: string }} request
 */
export const requestBytes = ({ host, path = "/orders/4711?expand=items", token }) =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    "User-Agent: bench/1.0",
    "Accept: application/json",
    "Accept-Encoding: gzip, deflate",
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
    "",
    "",
  ].join("\r\n");
