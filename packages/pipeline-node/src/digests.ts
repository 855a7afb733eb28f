import { hash } from "node:crypto";
import type { Sha256 } from "@sallyport/snapshot";

/** SHA-256 over UTF-8 text in lower-case hex: what section and root hashes are made with. */
export const sha256Hex: Sha256 = (text) => hash("sha256", text, "hex");

/** SHA-256 of a text as 43 characters of base64url, for cache keys. One-shot: half the cost of a hash object. */
export function createDigest(): (text: string) => string {
  return (text) => hash("sha256", text, "base64url");
}
