import type { Decision, TraceStep } from "../decision.js";
import type { Seen } from "./look-again.js";

/** An object of the configuration, and what of it: enough for a link to its page. */
export interface ConfigReference {
  readonly kind: "Fleet" | "Tenant" | "Route" | "IdentityProvider" | "RateLimitPolicy" | "PropagationPolicy" | "Upstream";
  /** Slug; null for what is the fleet's. */
  readonly tenant: string | null;
  readonly name: string;
  /** Path into its spec, `authentication.requiredScopes`; null for the whole. */
  readonly setting: string | null;
}

interface Known {
  readonly decision: Decision;
  readonly seen: Seen | null;
}

const fleet = (setting: string): ConfigReference => ({ kind: "Fleet", tenant: null, name: "default", setting });

/** What of the configuration had the say in a step, by name. */
export function decidedBy(step: TraceStep["step"], { decision, seen }: Known): readonly ConfigReference[] {
  if (step === "admit") return [fleet("limits")];
  if (seen === null) return [fleet("resolution")];
  const { tenant, route } = seen;
  const at = (kind: ConfigReference["kind"], name: string, setting: string | null = null): ConfigReference => ({
    kind,
    tenant: tenant.slug,
    name,
    setting,
  });
  if (step === "resolve") return [fleet("resolution"), { ...at("Tenant", tenant.slug), setting: tenant.suspended ? "status" : null }];
  if (route === null) return [];
  const idp = seen.idp?.name ?? (decision.outcome === "allow" ? (decision.principal?.identityProvider ?? null) : null);
  const provider = (setting: string | null): ConfigReference[] => (idp === null ? [] : [at("IdentityProvider", idp, setting)]);
  switch (step) {
    case "route":
      return [at("Route", route.name)];
    case "extract":
      return [at("Route", route.name, "authentication.authenticators")];
    case "authenticate":
      return [at("Route", route.name, "authentication.identityProviders"), ...provider(null)];
    case "match":
      return scopesDecided(decision) ? [at("Route", route.name, "authentication.requiredScopes")] : provider("tenantClaim");
    case "limit":
      return [...route.limits, ...route.bodyLimits].map(({ name, ofFleet }) => policyOf(name, ofFleet, tenant.slug));
    case "propagate": {
      const policy = route.spec.propagation;
      return [at("Upstream", route.upstream.name), ...(policy === null ? [] : [at("PropagationPolicy", policy)])];
    }
    default:
      return step satisfies never;
  }
}

const scopesDecided = (decision: Decision): boolean => decision.outcome === "deny" && decision.code === "insufficient_scope";

const policyOf = (name: string, ofFleet: boolean, slug: string): ConfigReference => ({
  kind: "RateLimitPolicy",
  tenant: ofFleet ? null : slug,
  name,
  setting: null,
});
