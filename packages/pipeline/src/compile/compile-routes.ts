import { type AuthenticatorKind, type DegradationPolicySpec, type RouteSpec, type TenantSection, usernameFieldOf } from "@sallyport/snapshot";
import { foldHeaderName } from "../admit/header-classes.js";
import type { CompiledIdentityProvider, CompiledPropagation, CompiledRoute, CompiledTenant, CompiledUpstream } from "../compiled.js";
import { compileCors } from "../cors/compiled-cors.js";
import { offerOf } from "../dpop/settings.js";
import { exact } from "../exact.js";
import { lookupOf } from "../lookup.js";
import { createSharedLists } from "../shared-lists.js";
import { type CompileErrors, memberOf } from "./compile-error.js";
import { createLimitCompiler } from "./compile-limits.js";
import { compilePropagation, DEFAULT_PROPAGATION } from "./compile-propagation.js";
import { checkSessions, loginOf } from "./compile-sessions.js";
import { DEFAULT_DEGRADATION } from "./default-degradation.js";
import type { FleetSource } from "./source.js";

/** What a tenant's routes name, compiled; null is an upstream whose fault has been added. */
interface RouteParts {
  readonly identityProviders: ReadonlyMap<string, CompiledIdentityProvider>;
  readonly upstreams: ReadonlyMap<string, CompiledUpstream | null>;
}

/** A tenant's routes in matching order: longest prefix first, then those with methods; every reference resolved. */
export function compileRoutes(
  section: TenantSection,
  fleet: FleetSource,
  { identityProviders, upstreams }: RouteParts,
  errors: CompileErrors,
): Pick<CompiledTenant, "routes" | "prefixes"> {
  const root = `tenants/${section.slug}`;
  const propagations = new Map<string, CompiledPropagation>();
  for (const [name, spec] of Object.entries(section.propagationPolicies)) {
    const path = `${root}/propagationPolicies/${name}`;
    propagations.set(name, compilePropagation(spec, { path, tenant: section.slug, plan: section.plan }, errors));
  }
  let byDefault: CompiledPropagation | null = null;
  const propagationOf = ({ propagation: name }: RouteSpec): CompiledPropagation | undefined => {
    if (name !== null) return propagations.get(name);
    byDefault ??= compilePropagation(DEFAULT_PROPAGATION, { path: root, tenant: section.slug, plan: section.plan }, errors);
    return byDefault;
  };

  const apiKeyHeader = foldHeaderName(fleet.section.settings.apiKeys.header);
  const all = acceptanceOf([...identityProviders.values()]);
  const limitsOf = createLimitCompiler(section, fleet.section.rateLimitPolicies);
  const routes: CompiledRoute[] = [];
  for (const [name, spec] of Object.entries(section.routes)) {
    const path = `${root}/routes/${name}`;
    const upstream = upstreams.get(spec.upstream);
    if (upstream === undefined) errors.add(path, `upstream: there is no upstream ${spec.upstream}`);
    const propagation = propagationOf(spec);
    if (propagation === undefined) errors.add(path, `propagation: there is no propagation policy ${spec.propagation}`);
    const degradation = spec.degradation === null ? DEFAULT_DEGRADATION : memberOf(section.degradationPolicies, spec.degradation);
    if (degradation === undefined) errors.add(path, `degradation: there is no degradation policy ${spec.degradation}`);
    const acceptance = takesAll(spec) ? all : acceptanceOf(candidatesOf(spec, section, path, identityProviders, errors));
    if (!upstream || propagation === undefined || degradation === undefined) continue;
    const asked = acceptance.candidates.filter((idp) => idp.spec.introspection !== null);
    // A token says nothing of where it comes from: asked in turn, each IdP would see the tokens of the others.
    if (asked.length > 1) {
      const names = asked.map(({ name }) => name).join(" and ");
      errors.add(path, `authentication: ${names} both introspect tokens; name the identity providers of the route so that only one does`);
    }
    checkBody(path, spec, errors);
    checkSessions(section, fleet.section.settings, { path, spec }, errors);
    const authenticators = sharedKinds("authenticators" in spec.authentication ? spec.authentication.authenticators : []);
    if (authenticators.includes("client_certificate") && section.clientCertificates === undefined)
      errors.add(path, "authentication: client_certificate needs the tenant's clientCertificates, which say whose certificates count");
    const consumes = (kind: AuthenticatorKind): boolean => !propagation.forwardsCredential && authenticators.includes(kind);
    const { limits, bodyLimits } = limitsOf(name, spec);
    const isLogin = spec.upstreamLogin !== undefined;
    // What every request asks for comes first, and stands together in memory. Nothing is spread: what is would stand somewhere else.
    routes.push({
      prefix: prefixOf(spec),
      methods: spec.methods.length === 0 ? null : new Set(spec.methods),
      mode: spec.authentication.mode,
      cors: spec.cors === undefined ? null : compileCors(spec.cors),
      websocket: spec.websocket,
      passesAtOnce: !isLogin && bodyLimits.length === 0 && !limits.some(({ action }) => action === "slow_down"),
      upstreamLogin: spec.upstreamLogin ?? null,
      needsAll: spec.authentication.mode === "required" && spec.authentication.match === "all",
      authenticators,
      candidates: acceptance.candidates,
      limits,
      compiledPropagation: propagation,
      ownNames: propagation.ownNames,
      consumesToken: consumes("bearer"),
      forwardsAuthorization: propagation.internalToken === null && !consumes("bearer"),
      consumesApiKey: consumes("api_key"),
      forwardsSession: propagation.forwardsCredential && authenticators.includes("session"),
      forwardsApiKey: !consumes("api_key") && propagation.ownNames?.has(apiKeyHeader) !== true,
      requiredScopes: spec.authentication.mode === "required" ? spec.authentication.requiredScopes : NO_SCOPES,
      stripPrefix: spec.stripPrefix,
      upstream,
      maxRequestBodyBytes: spec.maxRequestBodyBytes,
      bodyLimits,
      usernameField: isLogin || bodyLimits.length > 0 ? usernameFieldOf(spec) : null,
      slotOwner: null,
      slotHeld: null,
      name,
      spec,
      identityProviders: acceptance.identityProviders,
      introspecting: asked[0] ?? null,
      introspectionFallback: fallbackOf(degradation),
      dpop: offerOf(acceptance.candidates),
      proofsPerNode: degradation.dpopReplay === "PER_NODE",
      login: loginOf(spec, acceptance.candidates),
    });
  }
  checkOverlaps(section, errors);
  routes.sort(byPrecedence);
  return { routes: exact(routes), prefixes: sharedPrefixes(routes.map(({ prefix }) => prefix)) };
}

/** Where a body is read as a whole, the request has one. */
function checkBody(path: string, { upstreamLogin, usernameField, websocket }: RouteSpec, errors: CompileErrors): void {
  if (upstreamLogin !== undefined && websocket) errors.add(path, "upstreamLogin: a route that lets WebSockets through cannot be a login");
  if (usernameField === undefined) return;
  if (websocket) errors.add(path, "usernameField: a route that lets WebSockets through has no body to read it from");
  if (upstreamLogin !== undefined) errors.add(path, "usernameField: upstreamLogin names it already; leave it out");
}

const NO_SCOPES: readonly string[] = [];
const sharedKinds = createSharedLists<AuthenticatorKind>();
const sharedPrefixes = createSharedLists<string>();

/** Once for each policy: routes and tenants that have the same one share it. */
const fallbacks = new WeakMap<DegradationPolicySpec, CompiledRoute["introspectionFallback"]>();

function fallbackOf(policy: DegradationPolicySpec): CompiledRoute["introspectionFallback"] {
  const known = fallbacks.get(policy);
  if (known !== undefined) return known;
  const fallback = { behaviour: policy.introspection, cachedAnswerMaxAgeMs: policy.cachedAnswerMaxAgeSeconds * 1_000 };
  fallbacks.set(policy, fallback);
  return fallback;
}

/** `/v1/` and `/v1` match the same paths; `/` matches all. */
const prefixOf = (spec: RouteSpec): string => spec.pathPrefix.replace(/\/+$/, "");

function byPrecedence(a: CompiledRoute, b: CompiledRoute): number {
  if (a.prefix.length !== b.prefix.length) return b.prefix.length - a.prefix.length;
  if (a.prefix !== b.prefix) return a.prefix < b.prefix ? -1 : 1;
  return Number(a.methods === null) - Number(b.methods === null);
}

const takesAll = ({ authentication }: RouteSpec): boolean => "identityProviders" in authentication && authentication.identityProviders.length === 0;

/** The IdPs that a route names. */
function candidatesOf(
  { authentication }: RouteSpec,
  section: TenantSection,
  path: string,
  identityProviders: ReadonlyMap<string, CompiledIdentityProvider>,
  errors: CompileErrors,
): readonly CompiledIdentityProvider[] {
  if (authentication.mode === "public" || authentication.mode === "deny") return [];
  const candidates: CompiledIdentityProvider[] = [];
  for (const name of authentication.identityProviders) {
    // A disabled IdP may be named; it is only not asked.
    if (!Object.hasOwn(section.identityProviders, name)) errors.add(path, `authentication: there is no identity provider ${name}`);
    const idp = identityProviders.get(name);
    if (idp !== undefined) candidates.push(idp);
  }
  return candidates;
}

type Acceptance = Pick<CompiledRoute, "identityProviders" | "candidates">;

const NO_ACCEPTANCE: Acceptance = { identityProviders: lookupOf(new Map()), candidates: [] };

function acceptanceOf(candidates: readonly CompiledIdentityProvider[]): Acceptance {
  if (candidates.length === 0) return NO_ACCEPTANCE;
  const groups = new Map<string, readonly CompiledIdentityProvider[]>();
  for (const idp of candidates) {
    // Its tokens are asked about or refused, never verified inline.
    if (idp.spec.keys.kind === "none" || idp.spec.introspection?.tokens === "all") continue;
    const group = groups.get(idp.issuer);
    groups.set(idp.issuer, group === undefined ? [idp] : [...group, idp]);
  }
  const list = exact(candidates);
  // Mostly one IdP, or several of one issuer: the group is the list.
  for (const [issuer, group] of groups) if (group.length === list.length) groups.set(issuer, list);
  return { identityProviders: lookupOf(groups), candidates: list };
}

const EVERY_METHOD = ["every method"];

/** Two routes of one prefix are told apart by their methods, or not at all. */
function checkOverlaps(section: TenantSection, errors: CompileErrors): void {
  const seen = new Map<string, string>();
  for (const [name, spec] of Object.entries(section.routes)) {
    const prefix = prefixOf(spec);
    for (const method of spec.methods.length === 0 ? EVERY_METHOD : spec.methods) {
      const key = `${prefix} ${method}`;
      const other = seen.get(key);
      if (other === undefined) seen.set(key, name);
      else errors.add(`tenants/${section.slug}/routes/${name}`, `${spec.pathPrefix} is already matched for ${method} by the route ${other}`);
    }
  }
}
