import { hash } from "node:crypto";
import type { Sha256 } from "@sallyport/snapshot";

/** SHA-256 over UTF-8 text in lower-case hex: what section and root hashes are made with. */
export const sha256Hex: Sha256 = (text) => hash("sha256", text, "hex");

/** Texts whose digest is remembered; longer ones than this, characters, are not. At most 8 MiB, with tokens as they are 3. */
const PLACES = 4_096;
const MAX_REMEMBERED_LENGTH = 2_048;
/** One in so many that were not remembered is: what comes once, however much of it, is neither kept alive nor drives out what comes often. */
const REMEMBER_EVERY = 8;

/** Tokens end in a signature: four of its last characters tell them apart as well as any hash would. The very last has few values. */
function placeOf(text: string): number {
  const end = text.length;
  const mixed = (text.charCodeAt(end - 2) << 18) ^ (text.charCodeAt(end - 3) << 12) ^ (text.charCodeAt(end - 4) << 6) ^ text.charCodeAt(end - 5);
  return Math.imul(mixed, 0x9e3779b1) >>> 20;
}

/**
 * SHA-256 of a text as 43 characters of base64url, for cache keys. One-shot: half the cost of a hash object. A text that comes again and again,
 * as a caller's token does on many connections, is known again by comparing it, which costs a tenth.
 */
export function createDigest(): (text: string) => string {
  const texts = new Array<string>(PLACES).fill("");
  const digests = new Array<string>(PLACES).fill("");
  let others = 0;
  return (text) => {
    const place = placeOf(text);
    if (text !== "" && texts[place] === text) return digests[place] ?? "";
    // Two that would drive each other out have a place each.
    if (text !== "" && texts[place ^ 1] === text) return digests[place ^ 1] ?? "";
    const digest = hash("sha256", text, "base64url");
    others += 1;
    if (others % REMEMBER_EVERY === 0 && text.length <= MAX_REMEMBERED_LENGTH) {
      const chosen = place ^ ((others / REMEMBER_EVERY) & 1);
      texts[chosen] = text;
      digests[chosen] = digest;
    }
    return digest;
  };
}
