import { claimAt } from "../claim-path.js";
import type { CompiledIdentityProvider } from "../compiled.js";
import { Refusal } from "../refusal.js";

/** The claims that say when a token is good, in ms since the epoch, the tolerance not yet applied. */
export interface TokenTimes {
  readonly expiresAtMs: number;
  /** The later of `nbf` and `iat`; -Infinity when neither is there. */
  readonly notBeforeMs: number;
}

export type Claims = Readonly<Record<string, unknown>>;

/** ECMAScript's last moment, seconds: beyond it nothing is a date. */
const LAST_NUMERIC_DATE = 8_640_000_000_000;
const invalid = (detail: string): Refusal => new Refusal("invalid_token", detail);

const own = (claims: Claims, name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined);

/** The token's `iss`, or null when it is not a string. */
export function issuerOf(claims: Claims): string | null {
  const iss = own(claims, "iss");
  return typeof iss === "string" ? iss : null;
}

/** RFC 7519 §4.1.3: one string or an array of nothing but strings; null for anything else. */
export function audiencesOf(claims: Claims): readonly string[] | null {
  const aud = own(claims, "aud");
  if (typeof aud === "string") return [aud];
  return Array.isArray(aud) && aud.every((item) => typeof item === "string") ? aud : null;
}

/** RFC 7519 §4.1.4–6: `exp` required, `nbf` and `iat` as they come; each a number that is a date, never text. */
export function timesOf(claims: Claims): TokenTimes | Refusal {
  const exp = own(claims, "exp");
  if (!isNumericDate(exp)) return invalid("exp is missing or no date");
  let notBefore = Number.NEGATIVE_INFINITY;
  for (const name of ["nbf", "iat"]) {
    const value = own(claims, name);
    if (value === undefined) continue;
    if (!isNumericDate(value)) return invalid(`${name} is no date`);
    notBefore = Math.max(notBefore, value);
  }
  return { expiresAtMs: exp * 1000, notBeforeMs: notBefore * 1000 };
}

const isNumericDate = (value: unknown): value is number => typeof value === "number" && value >= -LAST_NUMERIC_DATE && value <= LAST_NUMERIC_DATE;

/** Expired, or from the future, with the IdP's tolerance. */
export function refuseByTime(times: TokenTimes, toleranceMs: number, nowMs: number): Refusal | null {
  // Written so that a clock which is no number lets nothing pass.
  if (!(nowMs < times.expiresAtMs + toleranceMs)) return new Refusal("token_expired", "exp is past");
  if (!(nowMs >= times.notBeforeMs - toleranceMs)) return invalid("nbf or iat lies in the future");
  return null;
}

/** SECURITY §1.5: 1–255 printable ASCII characters, no blank at either end. */
export const isSubject = (text: string): boolean => SUBJECT.test(text);

const SUBJECT = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/**
 * What is asked of the claims once the signature holds: SECURITY §1.5, then what the IdP's settings require (BEHAVIOUR 3a).
 * @param type the header's `typ`, in lower case without `application/`
 * @param scopes what the token grants
 */
export function refuseByRules(idp: CompiledIdentityProvider, claims: Claims, type: string | null, scopes: readonly string[]): Refusal | null {
  const sub = own(claims, "sub");
  if (typeof sub !== "string" || !isSubject(sub)) return new Refusal("invalid_claims", "sub is missing or not 1–255 printable ASCII characters");
  for (const { path, oneOf } of idp.requiredClaims) {
    const value = claimAt(claims, path);
    if (value === undefined || value === null) return new Refusal("invalid_claims", `the required claim ${path.join("/")} is missing`);
    if (oneOf !== null && !hasOneOf(value, oneOf)) return new Refusal("invalid_claims", `the required claim ${path.join("/")} has another value`);
  }
  if (type !== null && !idp.tokenTypes.has(type)) return invalid("typ is none of the accepted token types");
  const missing = idp.spec.requiredScopes.find((scope) => !scopes.includes(scope));
  if (missing === undefined) return null;
  return new Refusal("insufficient_scope", `the identity provider's required scope ${missing} is not granted`, {
    requiredScopes: idp.spec.requiredScopes,
  });
}

/** The same where nobody can prove a key: what is bound to one (`cnf`, RFC 7800) does not count at all. */
export function refuseByContent(idp: CompiledIdentityProvider, claims: Claims, type: string | null, scopes: readonly string[]): Refusal | null {
  if (own(claims, "cnf") !== undefined) return invalid("it is bound to a key (cnf), and no proof is verified here");
  return refuseByRules(idp, claims, type, scopes);
}

function hasOneOf(value: unknown, oneOf: ReadonlySet<string>): boolean {
  if (Array.isArray(value)) return value.some((item) => typeof item === "string" && oneOf.has(item));
  if (typeof value === "string") return oneOf.has(value);
  return (typeof value === "boolean" || typeof value === "number") && oneOf.has(String(value));
}
