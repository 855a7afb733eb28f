import { createHash } from "node:crypto";
import type { SignatureAlgorithm } from "@sallyport/snapshot";

/** The hash of each signature algorithm; of Ed25519 it is SHA-512 (RFC 8032 §5.1). */
const HASHES: Readonly<Record<SignatureAlgorithm, "sha256" | "sha384" | "sha512">> = {
  RS256: "sha256",
  RS384: "sha384",
  RS512: "sha512",
  PS256: "sha256",
  PS384: "sha384",
  PS512: "sha512",
  ES256: "sha256",
  ES384: "sha384",
  ES512: "sha512",
  EdDSA: "sha512",
};

/** OpenID Connect Core 1.0 §3.1.3.6: base64url of the left half of the access token's hash. */
export function atHashOf(accessToken: string, algorithm: SignatureAlgorithm): string {
  const hash = createHash(HASHES[algorithm]).update(accessToken, "ascii").digest();
  return hash.subarray(0, hash.length / 2).toString("base64url");
}
