import { createHash } from "node:crypto";
import { parseCompact, parseStrictObject, revocableText } from "@sallyport/pipeline";

/** What is kept of a token that somebody pasted; never the token. */
interface PastedToken {
  /** SHA-256 of what it signs, hex. */
  readonly digest: string;
  /** Its `exp`, seconds since the epoch; null where it does not say one that can be believed. */
  readonly expiresAt: number | null;
}

/** ECMAScript's last moment, seconds. */
const LAST_SECOND = 8_640_000_000_000;

/** Reads a token without believing it: whoever pastes a forged one revokes a forged one. */
export function readPastedToken(token: string): PastedToken {
  const digest = createHash("sha256").update(revocableText(token)).digest("hex");
  const jws = parseCompact(token);
  const claims = jws === null ? null : parseStrictObject(Buffer.from(jws.payload, "base64url").toString("utf8"));
  const exp = claims !== null && Object.hasOwn(claims, "exp") ? claims.exp : null;
  return { digest, expiresAt: typeof exp === "number" && exp > 0 && exp < LAST_SECOND ? Math.ceil(exp) : null };
}
