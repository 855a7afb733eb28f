import { bindingOf } from "../binding.js";
import type { CompiledIdentityProvider, CompiledRoute } from "../compiled.js";
import { refuseByTenantClaim } from "../match-tenant.js";
import type { Passage } from "../passage.js";
import { Refusal } from "../refusal.js";
import { refuseRevokedToken } from "../revocations.js";
import { audiencesOf, issuerOf, refuseByRules, refuseByTime, type TokenTimes, timesOf } from "./claims.js";
import { judgeForeignToken } from "./foreign-token.js";
import { type ParsedToken, parseToken } from "./parse-token.js";
import { principalOf, scopesOf } from "./principal.js";
import { type SelectedKey, selectKey } from "./select-key.js";
import { VerifiedToken } from "./verified-token.js";

export type TokenVerdict = VerifiedToken | Refusal;

const invalid = (detail: string): Refusal => new Refusal("invalid_token", detail);

/**
 * A token that nothing is known of, in the order of BEHAVIOUR 3a: form, algorithm, cheap refusals on claims that are not yet
 * believed, key, signature, and then the claims again, now believed.
 */
export function verifyToken(passage: Passage, route: CompiledRoute, token: string): TokenVerdict | Promise<TokenVerdict> {
  const parsed = parseToken(passage, token);
  if (parsed instanceof Refusal) return parsed;
  const issuer = issuerOf(parsed.claims);
  if (issuer === null) return invalid("iss is missing or not a string");
  const configured = route.identityProviders.get(issuer);
  if (configured === undefined) return judgeForeignToken(passage, issuer, parsed);
  const idp = acceptingProvider(configured, parsed);
  if (idp instanceof Refusal) return idp;
  const times = timesOf(parsed.claims);
  if (times instanceof Refusal) return times;
  const early = refuseByTime(times, idp.clockToleranceMs, passage.ports.clock.now());
  if (early !== null) return early;
  const selected = selectKey(idp, parsed, passage.ports);
  if (selected instanceof Promise) return selected.then((key) => verifyWithKey(passage, idp, parsed, times, key));
  return verifyWithKey(passage, idp, parsed, times, selected);
}

/** Of the IdPs with the token's issuer (several have disjoint audiences), the one that takes its audience and its algorithm. */
function acceptingProvider(configured: readonly CompiledIdentityProvider[], { header, claims }: ParsedToken): CompiledIdentityProvider | Refusal {
  const speaking = configured.filter((idp) => idp.algorithms.has(header.algorithm));
  if (speaking.length === 0) return invalid("the algorithm is not in the identity provider's allow-list");
  const audiences = audiencesOf(claims);
  if (audiences === null) return invalid("aud is missing, or neither a string nor an array of strings");
  return speaking.find((idp) => audiences.some((audience) => idp.audiences.has(audience))) ?? invalid("aud holds none of the accepted audiences");
}

function verifyWithKey(
  passage: Passage,
  idp: CompiledIdentityProvider,
  token: ParsedToken,
  times: TokenTimes,
  selected: SelectedKey | Refusal,
): TokenVerdict {
  if (selected instanceof Refusal) return selected;
  const { ports } = passage;
  const { jws, header, claims } = token;
  if (ports.signatures.verify(header.algorithm, selected.key, jws.signingInput, jws.signature) !== true)
    return invalid("the signature does not verify");
  // The key may have been waited for: time is looked at again.
  const late = refuseByTime(times, idp.clockToleranceMs, ports.clock.now());
  if (late !== null) return late;
  const scopes = scopesOf(idp, claims);
  const refusal =
    refuseByRules(idp, claims, header.type, scopes) ??
    refuseByTenantClaim(passage, idp, claims) ??
    refuseRevokedToken(passage, idp, claims, jws.signingInput);
  if (refusal !== null) return refusal;
  const boundTo = bindingOf(idp, claims);
  if (boundTo instanceof Refusal) return boundTo;
  const principal = principalOf(idp, claims, scopes, times.expiresAtMs, ports);
  const good = { fromMs: times.notBeforeMs - idp.clockToleranceMs, untilMs: times.expiresAtMs + idp.clockToleranceMs };
  return new VerifiedToken(idp, { keyGeneration: selected.generation, principal, boundTo }, good);
}
