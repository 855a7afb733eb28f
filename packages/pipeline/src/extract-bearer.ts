import { Refusal } from "./refusal.js";

const SCHEME_LENGTH = "bearer".length;

/**
 * RFC 6750 §2.1: the token of `Authorization: Bearer <token>`, the scheme in any case. Null when the field is absent.
 * No other place is ever read. What follows the scheme is handed on as it is: the token parser refuses blanks and all else.
 */
export function extractBearer(authorization: string | null): string | Refusal | null {
  if (authorization === null) return null;
  const isBearer = authorization.charCodeAt(SCHEME_LENGTH) === 0x20 && authorization.slice(0, SCHEME_LENGTH).toLowerCase() === "bearer";
  const token = isBearer ? authorization.slice(SCHEME_LENGTH + 1) : "";
  return token === "" ? new Refusal("missing_token", "the Authorization field holds no bearer token") : token;
}
