import type { CompiledIdentityProvider } from "./compiled.js";
import type { Claims } from "./jwt/claims.js";
import type { Passage } from "./passage.js";
import { Refusal } from "./refusal.js";

/** A subject whose older tokens count for nothing. */
interface RevokedSubject {
  /** `iat` from which on tokens count again, seconds since the epoch. */
  readonly issuedBefore: number;
  /** ms since the epoch. */
  readonly untilMs: number;
}

/**
 * What of a tenant's tokens and sessions is revoked. A change of it compiles the tenant anew, so that every verification that was remembered
 * is worth nothing: it is looked at when a credential is verified, and never for one that is remembered.
 */
export interface CompiledRevocations {
  /** By `revokedIdKey`; until when, ms since the epoch. */
  readonly ids: ReadonlyMap<string, number>;
  /** By the SHA-256 of `revocableText`, hex. */
  readonly digests: ReadonlyMap<string, number>;
  readonly subjects: ReadonlyMap<string, readonly RevokedSubject[]>;
}

/** `jti` is unique within its issuer only (RFC 7519 §4.1.7). An issuer holds no line feed. */
export const revokedIdKey = (issuer: string, jti: string): string => `${issuer}\n${jti}`;

/**
 * What a token is known by, whatever its signature looks like: `header.payload` of a compact JWS. ECDSA's s has two valid forms, and a
 * provider can sign the same again. What has not three segments is known by the whole.
 */
export function revocableText(token: string): string {
  const first = token.indexOf(".");
  const second = first < 0 ? -1 : token.indexOf(".", first + 1);
  return second < 0 || token.includes(".", second + 1) ? token : token.slice(0, second);
}

const own = (claims: Claims, name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined);
// Written so that a clock which is no number ends no revocation.
const holds = (untilMs: number | undefined, now: number): boolean => untilMs !== undefined && !(now >= untilMs);

/** As much of a name or a hash as tells which revocation it is. */
const NAMED_CHARACTERS = 128;
const DIGEST_CHARACTERS = 16;
const named = (text: unknown): string => String(text).slice(0, NAMED_CHARACTERS);

/** A verified token, or one that its provider called active; whoever presents a revoked one is reported. @param text as of `revocableText` */
export function refuseRevokedToken(passage: Passage, idp: CompiledIdentityProvider, claims: Claims, text: string): Refusal | null {
  const { revocations } = idp;
  if (revocations === null) return null;
  const { ports } = passage;
  const now = ports.clock.now();
  const jti = own(claims, "jti");
  if (typeof jti === "string" && holds(revocations.ids.get(revokedIdKey(idp.issuer, jti)), now)) {
    reportRevoked(passage, idp, claims, `the token with the jti ${named(jti)} is revoked, and was presented`);
    return new Refusal("token_revoked", "its jti is revoked");
  }
  if (revocations.digests.size > 0) {
    const digest = ports.sha256Hex(text);
    if (holds(revocations.digests.get(digest), now)) {
      reportRevoked(passage, idp, claims, `the token sha256:${digest.slice(0, DIGEST_CHARACTERS)} is revoked, and was presented`);
      return new Refusal("token_revoked", "what it signs is revoked");
    }
  }
  if (!isOfRevokedSubject(revocations, claims, now)) return null;
  reportRevoked(passage, idp, claims, `the older tokens of ${named(claims.sub)} are revoked, and one was presented`);
  return new Refusal("token_revoked", "its subject's tokens of that time are revoked");
}

/** A session that began with an ID token of a revoked subject; whoever presents it is reported. */
export function isSessionRevoked(passage: Passage, idp: CompiledIdentityProvider, claims: Claims): boolean {
  if (!isOfRevokedSubject(idp.revocations, claims, passage.ports.clock.now())) return false;
  reportRevoked(passage, idp, claims, `the older sessions of ${named(claims.sub)} are revoked, and one was presented`);
  return true;
}

/** Somebody holds what was taken away from its owner, or has not noticed that it was: reviewers are told which of both to find out. */
function reportRevoked(passage: Passage, { name, issuer }: CompiledIdentityProvider, claims: Claims, detail: string): void {
  const subject = own(claims, "sub");
  passage.report("revoked_credential", detail, {
    identityProvider: name,
    issuer,
    subject: typeof subject === "string" ? subject.slice(0, 255) : null,
  });
}

/** Whether the claims are of a subject all of whose tokens of their time are revoked. */
function isOfRevokedSubject(revocations: CompiledRevocations | null, claims: Claims, now: number): boolean {
  const subject = own(claims, "sub");
  const revoked = typeof subject === "string" ? revocations?.subjects.get(subject) : undefined;
  if (revoked === undefined) return false;
  const issuedAt = own(claims, "iat");
  return revoked.some(({ issuedBefore, untilMs }) => holds(untilMs, now) && !(typeof issuedAt === "number" && issuedAt >= issuedBefore));
}
