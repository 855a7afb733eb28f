import { hasCanonicalEnd, isBase64UrlCode } from "./base64url.js";

/** The three segments of a compact JWS (RFC 7515 §7.1), each in canonical base64url, not decoded. */
export interface CompactJws {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  /** `header.payload`: what is signed. */
  readonly signingInput: string;
}

const DOT = 0x2e;

/** Splits a compact JWS; null when it is anything but three canonical segments, the first and the last not empty. */
export function parseCompact(token: string): CompactJws | null {
  let first = -1;
  let second = -1;
  for (let index = 0; index < token.length; index++) {
    const code = token.charCodeAt(index);
    if (isBase64UrlCode(code)) continue;
    if (code !== DOT || second >= 0) return null;
    if (first < 0) first = index;
    else second = index;
  }
  if (first <= 0 || second < 0 || second + 1 === token.length) return null;
  const canonical = hasCanonicalEnd(token, 0, first) && hasCanonicalEnd(token, first + 1, second) && hasCanonicalEnd(token, second + 1, token.length);
  if (!canonical) return null;
  return {
    header: token.slice(0, first),
    payload: token.slice(first + 1, second),
    signature: token.slice(second + 1),
    signingInput: token.slice(0, second),
  };
}
