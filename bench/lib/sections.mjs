import { fleetSection, tenantSection } from "@sallyport/snapshot";

export const BASE_DOMAIN = "api.example.test";
export const AUDIENCE = "https://api.example.test";

/** Tenants by subdomain, and by path; identity providers on loopback. All load comes from one address, the forged as well: it is not locked out. */
export const fleet = fleetSection.parse({
  kind: "fleet",
  settings: { idpAllowedRanges: ["127.0.0.0/8"], baseDomains: [BASE_DOMAIN], lockout: { action: "off" } },
  rateLimitPolicies: {},
});

/** What every peer sets, and no more: the same work on both sides. */
const SAME_WORK = {
  strategy: "headers",
  headers: { email: null, roles: null, organization: null, tenantPlan: null, issuer: null, scopes: null, expires: null, sessionId: null },
};

/**
 * A tenant as operators make them: one identity provider, an open route, one that requires a token, and a limit that is counted
 * on each request and never reached.
 * @param {{ slug: string, upstream: string, issuer: string, plan?: string, tenantClaim?: string }} tenant
 */
export const tenantOf = ({ slug, upstream, issuer, plan = "standard", tenantClaim }) =>
  tenantSection.parse({
    kind: "tenant",
    slug,
    plan,
    status: "active",
    domains: [],
    identityProviders: {
      main: {
        issuer,
        keys: { kind: "jwks", url: `${issuer}/jwks` },
        audiences: [AUDIENCE],
        ...(tenantClaim === undefined ? {} : { tenantClaim: { claim: tenantClaim, value: slug } }),
      },
    },
    upstreams: { main: { url: upstream } },
    routes: {
      api: { pathPrefix: "/", upstream: "main", propagation: "same-work", authentication: { mode: "required" } },
      open: { pathPrefix: "/open", upstream: "main", propagation: "same-work", authentication: { mode: "public" } },
    },
    rateLimitPolicies: { "whole-tenant": { key: ["tenant"], limit: 1_000_000, burst: 100_000 } },
    propagationPolicies: { "same-work": SAME_WORK },
    degradationPolicies: {},
  });
