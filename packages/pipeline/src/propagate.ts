import type { AdmittedRequest } from "./admit/admit.js";
import { foldHeaderName } from "./admit/header-classes.js";
import type { CompiledRoute, CompiledTenant } from "./compiled.js";
import { exact } from "./exact.js";
import { readIdentityField } from "./identity-fields.js";
import { mintInternalToken } from "./internal-token.js";
import type { Passage } from "./passage.js";
import { Refusal } from "./refusal.js";
import { sessionCookieOf } from "./session/cookie-names.js";
import { withoutOwnCookies } from "./session/cookies.js";
import { UNWRITTEN, Unauthenticated, type VerifiedCredential } from "./verified-credential.js";

/**
 * The closed list of identity headers for this request, names and values in turn: of the credential that held, of nobody, or of somebody
 * whom nothing is known of. Kept for a credential and a policy from its second request on; an internal token is made for each.
 */
export function identityHeaders(
  passage: Passage,
  tenant: CompiledTenant,
  route: CompiledRoute,
  verified: VerifiedCredential | Unauthenticated | null,
): readonly string[] | Refusal {
  const policy = route.compiledPropagation;
  if (verified === null) return policy.anonymousHeaders;
  // Asked first: it is known without a look at the policy.
  if (!(verified instanceof Unauthenticated) && verified.headersFor === policy && verified.headers !== UNWRITTEN) return verified.headers;
  if (verified instanceof Unauthenticated) return ["X-Authenticated", "false", ...policy.anonymousHeaders];
  if (policy.internalToken !== null) {
    const token = mintInternalToken(passage, verified.principal, { edge: passage.compiled.edge, tenant, ...policy.internalToken });
    return token instanceof Refusal ? token : ["authorization", `Bearer ${token}`];
  }
  const headers = writeIdentity(tenant, route, verified);
  // Of the very many credentials that come once, nobody asks for them again.
  verified.headers = verified.headersFor === policy ? headers : UNWRITTEN;
  verified.headersFor = policy;
  return headers;
}

/**
 * BEHAVIOUR §6, strip first, then set from a closed list. The header fields for the upstream, names and values in turn: those of the
 * client that admission let through, without the ones that this policy sets itself, then the identity.
 *
 * Gone at this point: hop-by-hop fields (RFC 9110 §7.6.1, with what `Connection` names), `Expect`, `Host`, `Forwarded`,
 * `X-Forwarded-*`, `X-Request-Id`, `X-Correlation-Id`, every reserved identity name in any spelling, and names with
 * other characters than letters, digits and `-`. Left as the client sent them: `Content-Length`, `Cookie`, `Accept-*`, `traceparent` and
 * all else. Credentials of a kind that the route asks for go on only where the policy is `pass_through`; of other kinds they are the
 * upstream's own affair. The gateway's own cookies are nobody else's: they end here on every route, but for the session where
 * the policy passes it through.
 *
 * @param request its `headers` are added to in place
 */
export function propagate(tenant: CompiledTenant, route: CompiledRoute, request: AdmittedRequest, identity: readonly string[]): string[] {
  const { ownNames } = route;
  const { headers, authorization, apiKey } = request;
  const own = withoutOwnCookies(headers, route.forwardsSession ? sessionCookieOf(tenant.slug) : null);
  const result = ownNames === null ? own : withoutNames(own, ownNames);
  if (route.forwardsAuthorization) {
    if (authorization !== null) result.push("authorization", authorization);
    // A token that is bound to a key is worth nothing without its proof; and an authorization server wants one without any token.
    for (const proof of request.dpop) result.push("dpop", proof);
  }
  if (apiKey !== null && route.forwardsApiKey) result.push(apiKey.name, apiKey.value);
  for (const text of identity) result.push(text);
  return result;
}

function writeIdentity(tenant: CompiledTenant, { compiledPropagation }: CompiledRoute, { principal }: VerifiedCredential): readonly string[] {
  const headers: string[] = [];
  for (const field of compiledPropagation.fields) {
    const value = readIdentityField(field, principal, tenant.plan);
    if (value !== null) headers.push(field.header, value);
  }
  // Kept with the credential.
  return exact(headers);
}

function withoutNames(headers: readonly string[], names: ReadonlySet<string>): string[] {
  return headers.filter((_, index) => !names.has(foldHeaderName(headers[index - (index % 2)] ?? "")));
}
