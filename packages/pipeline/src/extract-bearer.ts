import { Refusal } from "./refusal.js";

const BEARER_LENGTH = "bearer".length;
const DPOP_LENGTH = "dpop".length;

/**
 * RFC 6750 §2.1, RFC 9449 §7.1: the token of `Authorization: Bearer <token>` or `DPoP <token>`, the scheme in any case. Null when the field is
 * absent. No other place is ever read. What follows the scheme is handed on as it is: the token parser refuses blanks and all else.
 */
export function extractBearer(authorization: string | null): string | Refusal | null {
  if (authorization === null) return null;
  // Almost everybody writes it so, and need not be folded.
  const isBearer = authorization.startsWith("Bearer ") || hasScheme(authorization, "bearer");
  const length = isBearer ? BEARER_LENGTH : hasDpopScheme(authorization) ? DPOP_LENGTH : authorization.length;
  const token = authorization.slice(length + 1);
  return token === "" ? new Refusal("missing_token", "the Authorization field holds no bearer token") : token;
}

/** Whether the field says that a proof comes with the token. */
export const hasDpopScheme = (authorization: string): boolean => hasScheme(authorization, "dpop");

const hasScheme = (authorization: string, scheme: string): boolean =>
  authorization.charCodeAt(scheme.length) === 0x20 && authorization.slice(0, scheme.length).toLowerCase() === scheme;
