import type { CompiledEdge, CompiledTenant } from "./compiled.js";
import type { Principal } from "./decision.js";
import type { Passage } from "./passage.js";
import { Refusal } from "./refusal.js";

interface Minting {
  readonly edge: CompiledEdge;
  readonly tenant: CompiledTenant;
  readonly audience: string;
  readonly lifetimeSeconds: number;
}

/**
 * BEHAVIOUR §6, `internal_token`: who calls, said by the gateway. It lives as long as the policy says and never longer than the
 * credential; one whose credential ends now, within the tolerance, is not worth minting.
 */
export function mintInternalToken(passage: Passage, principal: Principal, { edge, tenant, audience, lifetimeSeconds }: Minting): string | Refusal {
  const now = Math.floor(passage.ports.clock.now() / 1000);
  const expires = Math.min(now + lifetimeSeconds, principal.expiresAt ?? Number.POSITIVE_INFINITY);
  // Written so that a clock which is no number mints nothing.
  if (!(expires > now)) return new Refusal("token_expired", "nothing is left of the credential's life for an internal token");
  const token = passage.ports.internalTokens.sign({
    iss: edge.internalIssuer,
    aud: audience,
    sub: principal.subject,
    iat: now,
    exp: expires,
    tenant: tenant.slug,
    plan: tenant.plan,
    authenticator: principal.authenticator,
    roles: principal.roles,
    scope: principal.scopes.join(" "),
    request_id: passage.facts.requestId,
    ...(principal.email === null ? {} : { email: principal.email }),
    ...(principal.organization === null ? {} : { organization: principal.organization }),
    ...(principal.sessionId === null ? {} : { sid: principal.sessionId }),
    ...(principal.issuer === null ? {} : { original_issuer: principal.issuer }),
  });
  return token ?? new Refusal("signing_key_unavailable", "there is no key yet that may sign internal tokens");
}
