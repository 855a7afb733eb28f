import {
  type ClientAuthentication,
  DEFAULT_IDENTITY_PROVIDER_NAME,
  type DegradationPolicySpec,
  defaultIdentityProviderOf,
  type IdentityProviderSpec,
  type TenantSection,
} from "@sallyport/snapshot";
import { compileClaimPath } from "../claim-path.js";
import type { CompiledIdentityProvider, CompiledTenant } from "../compiled.js";
import { lookupOf } from "../lookup.js";
import { createSharedLists } from "../shared-lists.js";
import { compileApiKeys } from "./compile-api-keys.js";
import { compileCertificates } from "./compile-certificates.js";
import { type CompileErrors, memberOf } from "./compile-error.js";
import { compileIdentityProvider } from "./compile-identity-provider.js";
import { checkTenantPolicies } from "./compile-limits.js";
import { compileLockout } from "./compile-lockout.js";
import { compileRevocations, compileRevokedApiKeys } from "./compile-revocations.js";
import { compileRoutes } from "./compile-routes.js";
import { compileUpstreams } from "./compile-upstream.js";
import { DEFAULT_DEGRADATION } from "./default-degradation.js";
import { reportForeignLabel } from "./isolation/prove-hosts.js";
import type { FleetSource, TenantSource } from "./source.js";

/** One tenant, whole. Disabled IdPs are left out: a tenant whose last one is gone rejects every token. */
export function compileTenant(source: TenantSource, fleet: FleetSource, epoch: number, errors: CompileErrors): CompiledTenant {
  const { section } = source;
  const identityProviders = new Map<string, CompiledIdentityProvider>();
  const declared = identityProvidersOf(section, fleet);
  const revocations = compileRevocations(source.revocations);
  const propagatedClaims = propagatedClaimsOf(section);
  for (const name of Object.keys(declared).sort()) {
    const spec = memberOf(declared, name);
    if (spec === undefined || spec.status === "disabled") continue;
    const place = {
      tenant: section.slug,
      name,
      epoch,
      ...agesOf(section, name),
      usualTenantClaim: fleet.usualTenantClaim,
      propagatedClaims,
      revocations,
    };
    identityProviders.set(name, compileIdentityProvider(spec, place));
    const path = `tenants/${section.slug}/identityProviders/${name}`;
    checkReachable(path, spec, errors);
    if (spec.introspection !== null) checkSecret(`${path}/introspection`, spec.introspection.client, section, errors);
  }
  checkIssuers(section.slug, [...identityProviders.values()], errors);
  checkDomains(section, fleet, errors);
  checkTenantPolicies(section, errors);
  const upstreams = compileUpstreams(section, errors);
  const authorities = compileCertificates(section, errors);
  const { routes, prefixes } = compileRoutes(section, fleet, { identityProviders, upstreams }, errors);
  return {
    // What every request asks for comes first, and stands together in memory.
    slug: section.slug,
    suspended: section.status === "suspended" || source.revocations?.suspended === true,
    prefixes,
    routes,
    plan: section.plan,
    epoch,
    upstreams: lookupOf(new Map([...upstreams].flatMap(([name, upstream]) => (upstream === null ? [] : [[name, upstream] as const])))),
    identityProviders: lookupOf(identityProviders),
    apiKeys: compileApiKeys(source.apiKeys, errors),
    revokedApiKeys: compileRevokedApiKeys(source.revocations),
    authorities,
    domains: section.domains,
    lockout: section.lockout === undefined ? fleet.lockout : compileLockout(section.lockout, `tenants/${section.slug}`, errors),
    rateLimitFields: section.rateLimitFields ?? fleet.section.settings.rateLimitFields ?? "draft",
    source: source.key,
  };
}

const sharedClaims = createSharedLists<string>();

/** Top-level names of the claims that the tenant's propagation policies hand on beside the usual ones. */
function propagatedClaimsOf({ propagationPolicies }: TenantSection): readonly string[] {
  const names = new Set<string>();
  for (const policy of Object.values(propagationPolicies))
    if (policy.strategy === "headers") for (const { claim } of policy.claims) names.add(compileClaimPath(claim)[0]);
  return sharedClaims([...names]);
}

/** Its own, or the fleet's default one where it declares none: a disabled one is declared, and nothing takes its place. */
function identityProvidersOf(section: TenantSection, fleet: FleetSource): Readonly<Record<string, IdentityProviderSpec>> {
  const shared = fleet.section.settings.defaultIdentityProvider;
  if (shared === null || Object.keys(section.identityProviders).length > 0) return section.identityProviders;
  return { [DEFAULT_IDENTITY_PROVIDER_NAME]: defaultIdentityProviderOf(shared, section.slug) };
}

/** The largest ages that the routes which take this IdP allow; the default ones where no route does. */
function agesOf(section: TenantSection, idp: string): Pick<CompiledIdentityProvider, "staleKeysMaxAgeMs" | "cachedAnswersMaxAgeMs"> {
  const policies: DegradationPolicySpec[] = [];
  for (const route of Object.values(section.routes)) {
    const { authentication, degradation } = route;
    if (authentication.mode === "public" || authentication.mode === "deny") continue;
    if (authentication.identityProviders.length > 0 && !authentication.identityProviders.includes(idp)) continue;
    const policy = degradation === null ? undefined : memberOf(section.degradationPolicies, degradation);
    policies.push(policy ?? DEFAULT_DEGRADATION);
  }
  if (policies.length === 0) policies.push(DEFAULT_DEGRADATION);
  const answersAge = (policy: DegradationPolicySpec) => (policy.introspection === "USE_CACHED_OR_REJECT" ? policy.cachedAnswerMaxAgeSeconds : 0);
  return {
    staleKeysMaxAgeMs: 1_000 * Math.max(...policies.map((policy) => policy.staleKeysMaxAgeSeconds)),
    cachedAnswersMaxAgeMs: 1_000 * Math.max(...policies.map(answersAge)),
  };
}

/** Without keys there must be somebody to ask, and without a discovery document it must be known where. */
function checkReachable(path: string, { keys, introspection, login }: IdentityProviderSpec, errors: CompileErrors): void {
  if (login !== null && keys.kind !== "discovery")
    errors.add(path, "login: its endpoints are found by discovery; choose keys of kind discovery, or no login");
  if (keys.kind === "none" && introspection === null)
    errors.add(path, "keys: with kind none the identity provider needs introspection, else it accepts nothing");
  if (keys.kind !== "discovery" && introspection !== null && introspection.endpoint === undefined)
    errors.add(path, "introspection.endpoint: name it, there is no discovery document to find it in");
}

/** The secret that a client proves itself with must be declared, and of the kind that its method needs. */
function checkSecret(path: string, client: ClientAuthentication, section: TenantSection, errors: CompileErrors): void {
  const [name, type] = client.method === "private_key_jwt" ? [client.key, "private_key"] : [client.secret, "client_secret"];
  const secret = memberOf(section.secrets, name);
  if (secret === undefined) errors.add(path, `client: there is no secret ${name}`);
  else if (secret.type !== type) errors.add(path, `client: the secret ${name} is a ${secret.type}, and ${client.method} needs a ${type}`);
}

function checkIssuers(slug: string, idps: readonly CompiledIdentityProvider[], errors: CompileErrors): void {
  // Audiences of one IdP are a set.
  if (idps.length < 2) return;
  const seen = new Map<string, string>();
  for (const idp of idps) {
    for (const audience of idp.audiences) {
      const key = `${idp.issuer}\n${audience}`;
      const other = seen.get(key);
      if (other === undefined) seen.set(key, idp.name);
      else errors.add(`tenants/${slug}/identityProviders/${idp.name}`, `issuer and audience ${audience} are already those of ${other}`);
    }
  }
}

/** A host under a base domain names a tenant by its label; as a custom domain it may only say the same. */
function checkDomains(section: TenantSection, fleet: FleetSource, errors: CompileErrors): void {
  for (const domain of section.domains) {
    for (const base of fleet.section.settings.baseDomains) {
      if (domain === base) errors.add(`tenants/${section.slug}`, `domains: ${domain} is a base domain of the fleet`);
      if (!domain.endsWith(`.${base}`)) continue;
      const label = domain.slice(0, -base.length - 1);
      if (!label.includes(".") && label !== section.slug) reportForeignLabel(domain, section.slug, { label, base }, errors);
    }
  }
}
