import type { AdmittedRequest } from "../admit/admit.js";
import type { CompiledIdentityProvider, CompiledRoute, CompiledTenant } from "../compiled.js";
import { allowsOrigin } from "../cors/compiled-cors.js";
import { refuseByContent } from "../jwt/claims.js";
import { principalOf } from "../jwt/principal.js";
import { refuseByTenantClaim } from "../match-tenant.js";
import type { Passage } from "../passage.js";
import type { FoundSession, SessionLookup } from "../ports.js";
import { Refusal } from "../refusal.js";
import { isSessionRevoked } from "../revocations.js";
import { VerifiedCredential } from "../verified-credential.js";
import { sessionCookieOf } from "./cookie-names.js";
import { cookieValues } from "./cookies.js";
import { isOpaqueId } from "./opaque-id.js";
import { comesFromElsewhere } from "./request-origin.js";
import { sessionIdOf } from "./session-id.js";

/**
 * The session id that a request presents; null when there is none. Where the host does not name the tenant there is none to present:
 * tenants told apart by path share an origin, and the script of one would ride the session of another (BEHAVIOUR 3c).
 */
export function presentedSession(passage: Passage, tenant: CompiledTenant, request: AdmittedRequest): string | Refusal | null {
  if (!passage.hostNamesTenant) return null;
  const values = cookieValues(request, sessionCookieOf(tenant.slug));
  if (values.length > 1) return new Refusal("ambiguous_credential", "more than one session cookie");
  // Tenants that are subdomains of one domain are the same site to a browser: SameSite keeps none of them from the others.
  if (values.length === 1 && comesFromElsewhere(request, passage.facts.method) && !isTrustedPage(passage))
    return new Refusal("no_session", "a page of another origin made the request: the cookie does not speak for it");
  return values[0] ?? null;
}

/** The operator named the page's origin, and said that cookies may come from there. */
function isTrustedPage({ route, origin }: Passage): boolean {
  return route !== null && route.cors !== null && origin !== null && route.cors.credentials && allowsOrigin(route.cors, origin);
}

/** Session id → verified credential. The store is asked each time; what the login said is held against today's configuration. */
export function verifySession(
  passage: Passage,
  route: CompiledRoute,
  tenant: CompiledTenant,
  id: string,
): VerifiedCredential | Refusal | Promise<VerifiedCredential | Refusal> {
  const worthless = (code: "invalid_session_format" | "session_not_found" | "session_expired", detail: string): Refusal =>
    new Refusal(code, detail, { clearCookie: sessionCookieOf(tenant.slug) });
  if (!isOpaqueId(id)) return worthless("invalid_session_format", "the cookie has not the form of a session id");
  const digest = passage.ports.sha256Hex(id);
  return passage.ports.sessions.find(tenant.slug, digest).then((found) => judge(passage, { route, tenant, digest, found, worthless }));
}

interface Judged {
  readonly route: CompiledRoute;
  readonly tenant: CompiledTenant;
  readonly digest: string;
  readonly found: SessionLookup;
  readonly worthless: (code: "session_not_found" | "session_expired", detail: string) => Refusal;
}

function judge(passage: Passage, { route, tenant, digest, found, worthless }: Judged): VerifiedCredential | Refusal {
  switch (found.state) {
    case "unknown":
      return worthless("session_not_found", "the store knows no such session of this tenant");
    case "expired":
      return worthless("session_expired", "the session was not used for too long, or its time is over");
    case "unavailable":
      return new Refusal("session_store_unavailable", found.reason);
    case "live":
      break;
    default:
      return found satisfies never;
  }
  const { session } = found;
  const { idleMs, absoluteMs, extendEveryMs } = passage.compiled.edge.sessions;
  // Settings that were tightened since hold at once. Written so that an age which is no number lets nothing pass.
  if (!(session.ageMs < absoluteMs && session.sinceExtendedMs < idleMs && session.remainingMs > 0))
    return worthless("session_expired", "the session is older than the fleet's settings allow");
  const idp = providerOf(tenant, session);
  if (idp === null)
    return worthless("session_not_found", `the session's identity provider ${session.identityProvider} is gone, disabled or another one`);
  if (isSessionRevoked(passage, idp, session.claims))
    return worthless("session_not_found", "the sessions of its subject that began at that time are revoked");
  if (!route.candidates.includes(idp)) return new Refusal("no_session", `the route does not take sessions of ${idp.name}`);
  const refusal = refuseByContent(idp, session.claims, null, session.scopes) ?? refuseByTenantClaim(passage, idp, session.claims);
  if (refusal !== null) return refusal;
  if (session.sinceExtendedMs >= extendEveryMs) passage.ports.sessions.used(tenant.slug, digest, { idleMs, everyMs: extendEveryMs });
  return new VerifiedCredential(principalOfSession(passage, idp, session, digest));
}

/** A session belongs to (tenant, IdP, issuer, subject): whatever of it is not as it was at the login, it is nobody's. */
function providerOf(tenant: CompiledTenant, session: FoundSession): CompiledIdentityProvider | null {
  const idp = tenant.identityProviders.get(session.identityProvider);
  if (idp === undefined || session.tenant !== tenant.slug || idp.issuer !== session.issuer) return null;
  return Object.hasOwn(session.claims, "sub") && session.claims.sub === session.subject ? idp : null;
}

function principalOfSession(
  { ports }: Passage,
  idp: CompiledIdentityProvider,
  session: FoundSession,
  digest: string,
): VerifiedCredential["principal"] {
  const principal = principalOf(idp, session.claims, session.scopes, ports.clock.now() + session.remainingMs, ports);
  const { tenant, identityProvider } = session;
  const sessionId = sessionIdOf({ tenant, identityProvider, digest }, ports.digest);
  // In place: a spread would give each request an object of its own hidden class (docs/performance.md).
  return Object.assign(principal, { authenticator: "session" as const, sessionId });
}
