import type { FleetSpec, RouteSpec, TenantSection } from "@sallyport/snapshot";
import type { CompiledIdentityProvider } from "../compiled.js";
import { isReservedPath } from "../endpoint/reserved-path.js";
import { type CompileErrors, memberOf } from "./compile-error.js";

interface Placed {
  readonly path: string;
  readonly spec: RouteSpec;
}

/** What a route may not ask of sessions, because it could never have it. */
export function checkSessions(section: TenantSection, settings: FleetSpec, { path, spec }: Placed, errors: CompileErrors): void {
  if (isReservedPath(spec.pathPrefix)) errors.add(path, "pathPrefix: /.sallyport is the gateway's own");
  const { authentication } = spec;
  if (!("authenticators" in authentication)) return;
  const takesSessions = authentication.authenticators.includes("session");
  if (takesSessions && !canBeNamedByHost(section, settings))
    errors.add(path, "authentication: sessions need a host that names the tenant: give the fleet a base domain, or the tenant a custom domain");
  if (authentication.mode !== "required" || !authentication.redirectToLogin) return;
  if (!takesSessions) errors.add(path, "authentication.redirectToLogin: name session among the authenticators, or the login leads nowhere");
  const accepted = authentication.identityProviders.length === 0 ? Object.keys(section.identityProviders) : authentication.identityProviders;
  // Disabled ones count: switching one off in an emergency must not stop the publish.
  const logins = accepted.filter((name) => (memberOf(section.identityProviders, name)?.login ?? null) !== null);
  if (logins.length === 0) errors.add(path, "authentication.redirectToLogin: no identity provider of the route has a login");
  if (logins.length > 1)
    errors.add(path, `authentication.redirectToLogin: ${logins.sort().join(" and ")} both have a login; name the identity providers of the route`);
}

const canBeNamedByHost = ({ domains }: TenantSection, { resolution, baseDomains }: FleetSpec): boolean =>
  (resolution.includes("subdomain") && baseDomains.length > 0) || (resolution.includes("custom_domain") && domains.length > 0);

/** The IdP whose login a browser is sent to; null where the route sends nobody, or the IdP is disabled. */
export function loginOf({ authentication }: RouteSpec, candidates: readonly CompiledIdentityProvider[]): CompiledIdentityProvider | null {
  if (authentication.mode !== "required" || !authentication.redirectToLogin) return null;
  return candidates.find((idp) => idp.spec.login !== null) ?? null;
}
