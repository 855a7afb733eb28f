import {
  DEFAULT_LIMIT_ORDER,
  type FleetSection,
  type RateLimitKey,
  type RateLimitOverride,
  type RateLimitPolicySpec,
  type RouteSpec,
  type TenantSection,
  usernameFieldOf,
} from "@sallyport/snapshot";
import type { CompiledExemptions, CompiledLimit } from "../compiled.js";
import { exact } from "../exact.js";
import { type AddressRange, parseRange } from "../ip-address.js";
import { type CompileErrors, memberOf } from "./compile-error.js";

type Policies = Readonly<Record<string, RateLimitPolicySpec>>;

/** What a route is under: what is counted when a request is decided, and what by a field of its body, once that was read. */
export interface RouteLimits {
  readonly limits: readonly CompiledLimit[];
  readonly bodyLimits: readonly CompiledLimit[];
}

/** A tenant's own policies name its routes and its keys; plans, and other tenants, are the fleet's to name. */
export function checkTenantPolicies(section: TenantSection, errors: CompileErrors): void {
  for (const [name, spec] of Object.entries(section.rateLimitPolicies)) {
    const path = `tenants/${section.slug}/rateLimitPolicies/${name}`;
    if (spec.plans.length > 0) errors.add(path, "plans: only a fleet-wide policy can name plans");
    if (spec.overrides !== undefined) errors.add(path, "overrides: only a fleet-wide policy can have them; write the tenant's own numbers");
    const key = spec.exempt?.apiKeys.find((each) => each.includes("/"));
    if (key !== undefined) errors.add(path, `exempt.apiKeys: ${key} names a tenant; name a key of this one, without a slash`);
    for (const route of spec.routes) {
      const named = memberOf(section.routes, route);
      if (named === undefined) errors.add(path, `routes: there is no route ${route}`);
      else if (spec.key.includes("username") && usernameFieldOf(named) === null)
        errors.add(path, `key: username needs a field to read, and the route ${route} names no usernameField`);
    }
  }
}

/** A key's name means something within its tenant only: without one, every tenant could exempt a key by its name. */
export function checkFleetPolicies({ rateLimitPolicies }: FleetSection, errors: CompileErrors): void {
  for (const [name, { exempt }] of Object.entries(rateLimitPolicies)) {
    const key = exempt?.apiKeys.find((each) => !each.includes("/"));
    if (key !== undefined) errors.add(`fleet/rateLimitPolicies/${name}`, `exempt.apiKeys: write ${key} with its tenant, as acme/${key}`);
  }
}

/** A policy as it holds for one tenant. */
export interface AppliedLimit {
  readonly name: string;
  readonly spec: RateLimitPolicySpec;
  /** `fleet/…` or `tenants/…`: whose policy it is, and whose numbers it has. */
  readonly scope: string;
}

const orderOf = ({ spec }: AppliedLimit): number => spec.order ?? DEFAULT_LIMIT_ORDER;

const byName = (policies: Policies): [string, RateLimitPolicySpec][] => Object.entries(policies).sort(([a], [b]) => (a < b ? -1 : 1));

/** The fleet's policies that fit the tenant's plan, and its own, in the order in which they are looked at. */
export function limitPoliciesOf(section: TenantSection, fleetPolicies: Policies): readonly AppliedLimit[] {
  const applied: AppliedLimit[] = [];
  for (const [name, spec] of byName(fleetPolicies))
    if (spec.plans.length === 0 || spec.plans.includes(section.plan)) applied.push(overridden({ name, spec, scope: `fleet/${name}` }, section));
  for (const [name, spec] of byName(section.rateLimitPolicies)) applied.push({ name, spec, scope: `tenants/${section.slug}/${name}` });
  return applied.sort((a, b) => orderOf(a) - orderOf(b));
}

/** Who has other numbers has other buckets: two limits that share one would each undo what the other counted. */
function overridden({ name, spec, scope }: AppliedLimit, { slug, plan }: TenantSection): AppliedLimit {
  const { plans = {}, tenants = {} } = spec.overrides ?? {};
  const ofTenant = memberOf(tenants, slug);
  const ofPlan = memberOf(plans, plan);
  if (ofTenant !== undefined) return { name, spec: withNumbers(spec, ofTenant), scope: `${scope}|for=${slug}` };
  return ofPlan === undefined ? { name, spec, scope } : { name, spec: withNumbers(spec, ofPlan), scope: `${scope}|of=${plan}` };
}

const withNumbers = (spec: RateLimitPolicySpec, { limit, burst, windowSeconds, action }: RateLimitOverride): RateLimitPolicySpec => ({
  ...spec,
  ...{ limit, burst, windowSeconds: windowSeconds ?? spec.windowSeconds, action: action ?? spec.action },
});

const NO_LIMITS: readonly CompiledLimit[] = Object.freeze([]);

/**
 * The policies that a route of this tenant is under. Routes share what does not count by route, and the whole list where it is the same.
 * Those that count by username concern routes that name a field to read it from.
 */
export function createLimitCompiler(section: TenantSection, fleetPolicies: Policies): (route: string, spec: RouteSpec) => RouteLimits {
  const policies = limitPoliciesOf(section, fleetPolicies);
  /** By scope, which names one policy: two of one name and content, the fleet's and the tenant's own, count apart. */
  const shared = new Map<string, CompiledLimit>();
  let last: readonly CompiledLimit[] = NO_LIMITS;
  const compiled = (policy: AppliedLimit, route: string): CompiledLimit => {
    if (policy.spec.key.includes("route")) return compileLimit(policy, section, route);
    const limit = shared.get(policy.scope) ?? compileLimit(policy, section, route);
    shared.set(policy.scope, limit);
    return limit;
  };
  return (route, spec) => {
    const limits: CompiledLimit[] = [];
    const bodyLimits: CompiledLimit[] = [];
    for (const policy of policies) {
      const { routes, key } = policy.spec;
      if (routes.length > 0 && !routes.includes(route)) continue;
      if (!key.includes("username")) limits.push(compiled(policy, route));
      else if (usernameFieldOf(spec) !== null) bodyLimits.push(compiled(policy, route));
    }
    const isSame = limits.length === last.length && limits.every((limit, index) => limit === last[index]);
    if (!isSame) last = exact(limits);
    return { limits: last, bodyLimits: bodyLimits.length === 0 ? NO_LIMITS : exact(bodyLimits) };
  };
}

/** Names that mean something within their tenant only. */
const OF_A_TENANT: readonly RateLimitKey[] = ["tenant", "route", "username"];

function compileLimit({ name, spec, scope }: AppliedLimit, { slug, plan }: TenantSection, route: string): CompiledLimit {
  const by = (key: RateLimitKey): boolean => spec.key.includes(key);
  let bucketPrefix = scope;
  if (OF_A_TENANT.some(by)) bucketPrefix += `|tenant=${slug}`;
  if (by("plan")) bucketPrefix += `|plan=${plan}`;
  if (by("route")) bucketPrefix += `|route=${route}`;
  const [byClientIp, byIdentityProvider, bySubject] = [by("client_ip"), by("identity_provider"), by("subject")];
  const [byApiKey, byUsername] = [by("api_key"), by("username")];
  return {
    name,
    limit: spec.limit,
    windowSeconds: spec.windowSeconds,
    burst: spec.burst,
    scope: spec.scope,
    action: spec.action,
    ofFleet: scope.startsWith("fleet/"),
    hasOneBucket: !byClientIp && !byIdentityProvider && !bySubject && !byApiKey && !byUsername,
    bucketPrefix,
    byClientIp,
    byIdentityProvider,
    bySubject,
    byApiKey,
    byUsername,
    exempt: compileExemptions(spec.exempt, slug),
    slotOwner: null,
    slotHeld: null,
  };
}

function compileExemptions(exempt: RateLimitPolicySpec["exempt"], slug: string): CompiledExemptions | null {
  if (exempt === undefined) return null;
  // The schema knows a range when it sees one.
  const addresses = exempt.addresses.map(parseRange).filter((range): range is AddressRange => range !== null);
  const own = exempt.apiKeys.map((key) => (key.startsWith(`${slug}/`) ? key.slice(slug.length + 1) : key));
  const apiKeys = new Set(own.filter((key) => !key.includes("/")));
  return addresses.length === 0 && apiKeys.size === 0 ? null : { addresses, apiKeys };
}
