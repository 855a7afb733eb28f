import type { RateLimitPolicySpec, TenantSection } from "@sallyport/snapshot";
import type { CompiledLimit } from "../compiled.js";
import { exact } from "../exact.js";
import type { CompileErrors } from "./compile-error.js";

type Policies = Readonly<Record<string, RateLimitPolicySpec>>;

/** What the policies count by must fit where they stand: a tenant's own ones name its routes, and no plans. */
export function checkTenantPolicies(section: TenantSection, errors: CompileErrors): void {
  for (const [name, spec] of Object.entries(section.rateLimitPolicies)) {
    const path = `tenants/${section.slug}/rateLimitPolicies/${name}`;
    if (spec.plans.length > 0) errors.add(path, "plans: only a fleet-wide policy can name plans");
    for (const route of spec.routes) {
      if (!Object.hasOwn(section.routes, route)) errors.add(path, `routes: there is no route ${route}`);
    }
  }
}

/**
 * The policies that a route of this tenant is under: the fleet's that fit its tenant's plan and its name, then the tenant's own. Routes share
 * what does not count by route, and the whole list where it is the same.
 */
export function createLimitCompiler(section: TenantSection, fleetPolicies: Policies): (route: string) => readonly CompiledLimit[] {
  /** By scope, which names one policy: two of one name and content, the fleet's and the tenant's own, count apart. */
  const shared = new Map<string, CompiledLimit>();
  let last: readonly CompiledLimit[] = [];
  const compiled = (name: string, spec: RateLimitPolicySpec, scope: string, route: string): CompiledLimit => {
    if (spec.key.includes("route")) return compileLimit(name, spec, scope, section.slug, route);
    const limit = shared.get(scope) ?? compileLimit(name, spec, scope, section.slug, route);
    shared.set(scope, limit);
    return limit;
  };
  return (route) => {
    const limits: CompiledLimit[] = [];
    for (const [name, spec] of Object.entries(fleetPolicies)) {
      if (spec.plans.length > 0 && !spec.plans.includes(section.plan)) continue;
      if (spec.routes.length > 0 && !spec.routes.includes(route)) continue;
      limits.push(compiled(name, spec, `fleet/${name}`, route));
    }
    for (const [name, spec] of Object.entries(section.rateLimitPolicies)) {
      if (spec.routes.length > 0 && !spec.routes.includes(route)) continue;
      limits.push(compiled(name, spec, `tenants/${section.slug}/${name}`, route));
    }
    const isSame = limits.length === last.length && limits.every((limit, index) => limit === last[index]);
    if (!isSame) last = exact(limits);
    return last;
  };
}

function compileLimit(name: string, spec: RateLimitPolicySpec, scope: string, tenant: string, route: string): CompiledLimit {
  let bucketPrefix = scope;
  // A route's name means something within its tenant only.
  if (spec.key.includes("tenant") || spec.key.includes("route")) bucketPrefix += `|tenant=${tenant}`;
  if (spec.key.includes("route")) bucketPrefix += `|route=${route}`;
  const [byClientIp, byIdentityProvider, bySubject] = [
    spec.key.includes("client_ip"),
    spec.key.includes("identity_provider"),
    spec.key.includes("subject"),
  ];
  return {
    name,
    limit: spec.limit,
    windowSeconds: spec.windowSeconds,
    burst: spec.burst,
    scope: spec.scope,
    observes: spec.action === "observe",
    hasOneBucket: !byClientIp && !byIdentityProvider && !bySubject,
    bucketPrefix,
    byClientIp,
    byIdentityProvider,
    bySubject,
    slotOwner: null,
    slotHeld: null,
  };
}
