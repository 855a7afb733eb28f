import { type Binding, bindingOf } from "../binding.js";
import type { CompiledIdentityProvider } from "../compiled.js";
import { audiencesOf, type Claims, issuerOf, refuseByRules, refuseByTime, timesOf } from "../jwt/claims.js";
import { principalOf, scopesOf } from "../jwt/principal.js";
import { refuseByTenantClaim } from "../match-tenant.js";
import type { Passage } from "../passage.js";
import type { ActiveToken } from "../ports.js";
import { Refusal } from "../refusal.js";
import { refuseRevokedToken, revocableText } from "../revocations.js";
import { VerifiedCredential } from "../verified-credential.js";

/** A token that its IdP called active and whose members held, for one IdP of one configuration epoch. */
class VerifiedIntrospection extends VerifiedCredential {
  readonly idp: CompiledIdentityProvider;
  readonly expiresAtMs: number;

  constructor(idp: CompiledIdentityProvider, principal: VerifiedCredential["principal"], boundTo: Binding | null, expiresAtMs: number) {
    super(principal, boundTo);
    this.idp = idp;
    this.expiresAtMs = expiresAtMs;
  }
}

/**
 * An answer that says `active`, held to the same rules as a JWT's claims (BEHAVIOUR 3b): issuer, audience and times where the answer has
 * them, or must have them; subject, required claims, scopes and tenant always.
 * @param token as it was presented
 */
export function verifyIntrospected(
  passage: Passage,
  idp: CompiledIdentityProvider,
  token: string,
  answer: ActiveToken,
): VerifiedCredential | Refusal {
  const now = passage.ports.clock.now();
  const known = answer.verified;
  if (known instanceof VerifiedIntrospection && known.idp === idp) return refuseAfter(known.expiresAtMs, idp, now) ?? known;
  const claims = withSubject(answer.claims, idp);
  const expiresAtMs = refuseByMembers(claims, idp, now);
  if (expiresAtMs instanceof Refusal) return expiresAtMs;
  const scopes = scopesOf(idp, claims);
  const refusal =
    refuseByRules(idp, claims, null, scopes) ??
    refuseByTenantClaim(passage, idp, claims) ??
    refuseRevokedToken(passage, idp, claims, revocableText(token));
  if (refusal !== null) return refusal;
  // RFC 8705 §3.2, RFC 9449 §6.2: the answer says what the token is bound to.
  const boundTo = bindingOf(idp, claims);
  if (boundTo instanceof Refusal) return boundTo;
  if (saysDpop(claims) && (boundTo === null || boundTo.key === null))
    return new Refusal("invalid_token", "the answer calls it a DPoP token and does not say which key it is bound to");
  const verified = new VerifiedIntrospection(idp, principalOf(idp, claims, scopes, expiresAtMs, passage.ports), boundTo, expiresAtMs);
  answer.verified = verified;
  return verified;
}

/** RFC 7662 §2.2: the type that the token was issued as; in any case (RFC 6749 §5.1). */
const saysDpop = (claims: Claims): boolean =>
  Object.hasOwn(claims, "token_type") && typeof claims.token_type === "string" && claims.token_type.toLowerCase() === "dpop";

/** The member that names the subject, where the IdP's settings say it is another one than `sub`. */
function withSubject(claims: Claims, { spec }: CompiledIdentityProvider): Claims {
  const member = spec.introspection?.subject ?? "sub";
  return member === "sub" ? claims : { ...claims, sub: Object.hasOwn(claims, member) ? claims[member] : undefined };
}

/** When the token ends, ms since the epoch, infinite when the answer does not say; or why it is refused. */
function refuseByMembers(claims: Claims, idp: CompiledIdentityProvider, now: number): number | Refusal {
  const required = idp.spec.introspection?.required ?? [];
  const has = (member: "iss" | "aud" | "exp"): boolean => Object.hasOwn(claims, member);
  const missing = required.find((member) => !has(member));
  if (missing !== undefined) return new Refusal("invalid_claims", `the answer has no ${missing}`);
  if (has("iss") && issuerOf(claims) !== idp.issuer) return new Refusal("invalid_token", "iss is not the identity provider's issuer");
  if (has("aud") && audiencesOf(claims)?.some((audience) => idp.audiences.has(audience)) !== true)
    return new Refusal("invalid_token", "aud holds none of the accepted audiences");
  const times = timesOf(has("exp") ? claims : { ...claims, exp: LAST_SECOND });
  if (times instanceof Refusal) return times;
  const untimely = refuseByTime(times, idp.clockToleranceMs, now);
  if (untimely !== null) return untimely;
  return has("exp") ? times.expiresAtMs : Number.POSITIVE_INFINITY;
}

/** A date beyond every other: an answer without `exp` ends with its place in the cache. */
const LAST_SECOND = 8_640_000_000_000;

function refuseAfter(expiresAtMs: number, { clockToleranceMs }: CompiledIdentityProvider, now: number): Refusal | null {
  // Written so that a clock which is no number lets nothing pass.
  return now < expiresAtMs + clockToleranceMs ? null : new Refusal("token_expired", "exp is past");
}
