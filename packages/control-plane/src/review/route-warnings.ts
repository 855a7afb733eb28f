import type { CorsPolicy, RouteAuthentication, RouteSpec, TenantSection } from "@sallyport/snapshot";
import { type NamedRoute, requestRegions } from "./request-regions.js";
import { gained, listed, type Warning, warningOf } from "./warning.js";
import type { WarningCode } from "./warning-codes.js";

type Required = Extract<RouteAuthentication, { mode: "required" }>;

/** What one route weakens, over all the requests that it takes over. */
class Weakened {
  readonly #facts = new Map<string, { readonly code: WarningCode; readonly route: string; readonly what: Set<string> }>();

  add(code: WarningCode, route: string, what: readonly string[]): void {
    if (what.length === 0) return;
    const key = `${code} ${route}`;
    const fact = this.#facts.get(key) ?? { code, route, what: new Set<string>() };
    this.#facts.set(key, fact);
    for (const each of what) fact.what.add(each);
  }

  warnings(slug: string, sentence: (code: WarningCode, what: readonly string[]) => string): Warning[] {
    return [...this.#facts.values()].map(({ code, route, what }) => {
      const facts = [...what].sort();
      return warningOf(code, `tenants/${slug}/routes/${route}`, sentence(code, facts), facts);
    });
  }
}

const isProtected = ({ mode }: RouteAuthentication): boolean => mode === "required" || mode === "deny";

/** Which requests, in words: `GET /admin`. */
const requestsOf = (prefix: string, method: string): string => `${method === "*" ? "" : `${method} `}${prefix || "/"}`;

function credentialsGained(before: Required, after: Required): string[] {
  const found = after.match === "all" ? [] : gained(before.authenticators, after.authenticators).map((kind) => `takes ${kind}`);
  if (before.match === "all" && before.authenticators.length > 1 && after.match !== "all") found.push("one credential is enough");
  if (before.match === "all" && after.match === "all")
    found.push(...gained(after.authenticators, before.authenticators).map((kind) => `no longer asks for ${kind}`));
  if (before.identityProviders.length > 0) {
    if (after.identityProviders.length === 0) found.push("takes every identity provider of the tenant");
    else found.push(...gained(before.identityProviders, after.identityProviders).map((name) => `takes the identity provider ${name}`));
  }
  return found;
}

/** With no policy the upstream's own headers pass: a policy that comes is judged like one that grows from nothing. */
function corsGained(before: CorsPolicy | undefined, after: CorsPolicy | undefined): string[] {
  if (after === undefined) return [];
  const found = gained(before?.origins ?? [], after.origins).map((origin) => `origin ${origin}`);
  if (after.credentials && before?.credentials !== true) found.push("credentials");
  if (before === undefined) return found;
  // Empty stands for every method of the route.
  if (before.methods.length > 0)
    found.push(...(after.methods.length === 0 ? ["every method"] : gained(before.methods, after.methods).map((method) => `method ${method}`)));
  found.push(...gained(before.requestHeaders, after.requestHeaders).map((name) => `request header ${name}`));
  found.push(...gained(before.exposedHeaders, after.exposedHeaders).map((name) => `response header ${name}`));
  return found;
}

const strategyOf = (section: TenantSection, { propagation }: RouteSpec): string =>
  propagation === null ? "headers" : (section.propagationPolicies[propagation]?.strategy ?? "headers");

const fallbackOf = (section: TenantSection, { degradation }: RouteSpec): string =>
  degradation === null ? "USE_CACHED_OR_REJECT" : (section.degradationPolicies[degradation]?.introspection ?? "USE_CACHED_OR_REJECT");

const replayOf = (section: TenantSection, { degradation }: RouteSpec): string =>
  (degradation === null ? undefined : section.degradationPolicies[degradation]?.dpopReplay) ?? "REJECT_ALL";

function sentenceOf(code: WarningCode, what: readonly string[]): string {
  switch (code) {
    case "route_public":
      return `lets ${listed(what)} pass without a credential, which had to prove who calls`;
    case "route_optional":
      return `lets ${listed(what)} pass as anonymous, which had to prove who calls`;
    case "route_scopes_lost":
      return `no longer asks for ${what.length === 1 ? "the scope" : "the scopes"} ${listed(what)}`;
    case "route_credentials_widened":
      return `lets in more callers: ${listed(what)}`;
    case "propagation_pass_through":
      return "hands the client's own credential on to the upstream";
    case "fallback_pass_through":
      return "lets requests pass unauthenticated while the provider cannot be asked about tokens";
    case "replay_per_node":
      return "takes a proof once at each node, instead of once, while the state store is away";
    default:
      return `lets pages of other origins do more: ${listed(what)}`;
  }
}

/** What a tenant's routes no longer ask, request by request. */
export function routeWarnings(before: TenantSection, after: TenantSection): Warning[] {
  const weakened = new Weakened();
  for (const { prefix, method, before: old, after: fresh } of requestRegions(before, after))
    if (old !== null && fresh !== null) compare({ before, after }, old, fresh, { weakened, requests: requestsOf(prefix, method) });
  return weakened.warnings(after.slug, sentenceOf);
}

function compare(
  sections: { readonly before: TenantSection; readonly after: TenantSection },
  old: NamedRoute,
  fresh: NamedRoute,
  { weakened, requests }: { readonly weakened: Weakened; readonly requests: string },
): void {
  const [was, is] = [old.spec.authentication, fresh.spec.authentication];
  const note = (code: WarningCode, what: readonly string[]): void => weakened.add(code, fresh.name, what);
  if (isProtected(was) && is.mode === "public") note("route_public", [requests]);
  if (isProtected(was) && is.mode === "optional") note("route_optional", [requests]);
  if (was.mode === "required" && is.mode === "required") {
    note("route_scopes_lost", gained(is.requiredScopes, was.requiredScopes));
    note("route_credentials_widened", credentialsGained(was, is));
  }
  // What reaches nobody weakens nothing.
  if (is.mode === "deny") return;
  note("cors_widened", corsGained(old.spec.cors, fresh.spec.cors));
  const becomes = (of: typeof strategyOf, value: string): string[] =>
    of(sections.before, old.spec) !== value && of(sections.after, fresh.spec) === value ? [requests] : [];
  note("propagation_pass_through", becomes(strategyOf, "pass_through"));
  if (is.mode !== "public") note("fallback_pass_through", becomes(fallbackOf, "PASS_THROUGH"));
  if (is.mode !== "public") note("replay_per_node", becomes(replayOf, "PER_NODE"));
}

/** What of a warning is typed for it: `acme/main` for `tenants/acme/routes/main`. */
export const routeWordOf = (path: string): string => path.replace(/^tenants\/([^/]+)\/routes\//, "$1/");
