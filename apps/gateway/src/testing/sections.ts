import { sha256Hex } from "@sallyport/pipeline-node";
import { type FleetSection, fleetSection, nameOfSection, type Section, sectionHash, type TenantSection, tenantSection } from "@sallyport/snapshot";

/** The fleet's section: tenants by path, IdPs and proxies on loopback allowed. Tests try what must fail from one address: nobody is locked out. */
export function fleetOf(settings: Record<string, unknown> = {}, rateLimitPolicies: Record<string, Record<string, unknown>> = {}): FleetSection {
  return fleetSection.parse({
    kind: "fleet",
    settings: { idpAllowedRanges: ["127.0.0.0/8"], baseDomains: ["api.example.test"], lockout: { action: "off" }, ...settings },
    rateLimitPolicies,
  });
}

export interface TenantSketch {
  readonly slug: string;
  /** `http://127.0.0.1:<port>` of the upstream. */
  readonly upstream: string;
  readonly issuer?: string;
  readonly jwksUrl?: string;
  readonly audience?: string;
  readonly upstreamSpec?: Record<string, unknown>;
  readonly routes?: Record<string, Record<string, unknown>>;
  readonly rest?: Record<string, unknown>;
}

/** A tenant with one IdP, one upstream, a public route under `/open` and one that requires a token on everything else. */
export function tenantOf(sketch: TenantSketch): TenantSection {
  return tenantSection.parse({
    kind: "tenant",
    slug: sketch.slug,
    plan: "standard",
    status: "active",
    domains: [],
    secrets: {},
    identityProviders:
      sketch.issuer === undefined
        ? {}
        : {
            main: {
              issuer: sketch.issuer,
              keys: { kind: "jwks", url: sketch.jwksUrl ?? `${sketch.issuer}/jwks` },
              audiences: [sketch.audience ?? "https://api.example.test"],
            },
          },
    upstreams: { main: { url: sketch.upstream, ...sketch.upstreamSpec } },
    routes: sketch.routes ?? {
      open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
      main: { pathPrefix: "/", upstream: "main", authentication: { mode: "required" } },
    },
    rateLimitPolicies: {},
    propagationPolicies: {},
    degradationPolicies: {},
    ...sketch.rest,
  });
}

export const hashOf = (section: Section): string => sectionHash(section, sha256Hex);
export const nameOf = nameOfSection;
