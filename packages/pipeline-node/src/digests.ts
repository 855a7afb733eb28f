import { hash } from "node:crypto";
import type { Sha256 } from "@sallyport/snapshot";

/** SHA-256 over UTF-8 text in lower-case hex: what section and root hashes are made with. */
export const sha256Hex: Sha256 = (text) => hash("sha256", text, "hex");

/** SHA-256 of a text as 43 characters of base64url, for cache keys. One-shot: half the cost of a hash object. */
export const digest = (text: string): string => hash("sha256", text, "base64url");

/** Tokens whose digest is remembered: at most 16 MiB of them, with tokens as they are 7. Longer ones than this, characters, are not. */
const PLACES = 8_192;
const MAX_REMEMBERED_LENGTH = 2_048;

/** Four characters before the last `beyond` of a text. Tokens end in a signature, which tells them apart as well as any hash would. */
function mixed(text: string, beyond: number): number {
  const end = text.length - beyond;
  return (text.charCodeAt(end - 1) << 18) ^ (text.charCodeAt(end - 2) << 12) ^ (text.charCodeAt(end - 3) << 6) ^ text.charCodeAt(end - 4);
}

/** The very last character of a signature has few values. */
const placeOf = (text: string): number => Math.imul(mixed(text, 1), 0x9e3779b1) >>> 19;

/**
 * The same for tokens. One that comes again and again, on many connections, is known again by comparing it, which costs a tenth. It is
 * remembered when it comes for the second time with nothing else in its place between: what comes once, and what is more than there are
 * places for, is not kept alive.
 */
export function createTokenDigest(): (token: string) => string {
  const texts = new Array<string>(PLACES).fill("");
  const digests = new Array<string>(PLACES).fill("");
  const last = new Int32Array(PLACES);
  return (text) => {
    const place = placeOf(text);
    if (text !== "" && texts[place] === text) return digests[place] ?? "";
    const made = digest(text);
    const sign = mixed(text, 5);
    if (last[place] !== sign) last[place] = sign;
    else if (text.length <= MAX_REMEMBERED_LENGTH) {
      texts[place] = text;
      digests[place] = made;
    }
    return made;
  };
}
