import { hasCanonicalEnd } from "./base64url.js";

/** The three segments of a compact JWS (RFC 7515 §7.1), each in canonical base64url, not decoded. */
export interface CompactJws {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  /** `header.payload`: what is signed. */
  readonly signingInput: string;
}

/** Linear: no character fits two places. Faster than a loop over character codes, measured. */
const THREE_SEGMENTS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+$/;

/** Splits a compact JWS; null when it is anything but three canonical segments, the first and the last not empty. */
export function parseCompact(token: string): CompactJws | null {
  if (!THREE_SEGMENTS.test(token)) return null;
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  const canonical = hasCanonicalEnd(token, 0, first) && hasCanonicalEnd(token, first + 1, second) && hasCanonicalEnd(token, second + 1, token.length);
  if (!canonical) return null;
  return {
    header: token.slice(0, first),
    payload: token.slice(first + 1, second),
    signature: token.slice(second + 1),
    signingInput: token.slice(0, second),
  };
}
