import { type AuthenticatorKind, DEFAULT_IDENTITY_PROVIDER_NAME, defaultIdentityProviderOf, type FleetSpec } from "@sallyport/snapshot";
import { countOf } from "@/lib/format";
import { authenticationWords, CREDENTIAL_WORDS, matchWords, withoutProvider } from "@/lib/route-words";
import type { IdentityProviderRow, RouteRow, TenantDetail } from "@/lib/rows";
import { Passage, type PassageStep } from "@/ui/passage";
import { addressOf } from "./quickstart";

type Provider = Pick<IdentityProviderRow, "name" | "spec">;

interface Props {
  tenant: TenantDetail;
  route: RouteRow | undefined;
  /** The tenant's own. */
  providers: readonly Provider[];
  settings: FleetSpec | undefined;
}

const KIND_WORDS = { bearer: "JWT", session: "session", api_key: "API key", client_certificate: "certificate" } as const satisfies Record<
  AuthenticatorKind,
  string
>;

function authenticate(route: RouteRow | undefined, providers: readonly Provider[]): PassageStep {
  const title = "3 Authenticate";
  if (!route) return { title, what: "not reached", off: true };
  const { authentication } = route.spec;
  if (authentication.mode === "deny") return { title, what: "refused", detail: "route_denied", shut: true };
  if (authentication.mode === "public") return { title, what: "nobody is asked", detail: "public route" };
  const kinds = authentication.authenticators;
  const own = kinds.filter(withoutProvider).map((kind) => CREDENTIAL_WORDS[kind].label);
  if (kinds.every((kind) => kind === "api_key")) return { title, what: "API key", detail: "by its hash" };
  if (kinds.every((kind) => kind === "client_certificate")) return { title, what: "Client certificate", detail: "by the tenant's authorities" };
  const enabled = providers.filter(
    (row) => row.spec.status === "enabled" && (authentication.identityProviders.length === 0 || authentication.identityProviders.includes(row.name)),
  );
  const both = authentication.mode === "required" && authentication.match === "all";
  if (enabled.length === 0 && own.length > 0 && (!both || kinds.every(withoutProvider)))
    return { title, what: own.join(both ? " and " : " or "), detail: "no identity provider" };
  if (enabled.length === 0) return { title, what: "refused", detail: "no identity provider", shut: true };
  const algorithms = [...new Set(enabled.flatMap((row) => row.spec.algorithms))];
  const named = kinds.map((kind) => KIND_WORDS[kind]);
  const joined = named.length > 1 ? named.join(both ? " and " : " or ") : `${named[0]}, ${countOf(enabled.length, "provider")}`;
  return { title, what: joined, detail: algorithms.join(" ") };
}

function match(tenant: TenantDetail, route: RouteRow | undefined, providers: readonly Provider[], settings: FleetSpec | undefined): PassageStep {
  const authentication = route?.spec.authentication;
  if (authentication && "authenticators" in authentication && authentication.authenticators.every(withoutProvider)) {
    const what = authentication.authenticators.includes("api_key") ? "Tenant of the key" : "Tenant of the authority";
    return { title: "4 Match", what, detail: `must equal ${tenant.slug}` };
  }
  const claims = [...new Set(providers.flatMap((row) => row.spec.tenantClaim?.claim ?? []))];
  const usual = settings?.usualTenantClaim ?? "tenant_id";
  return claims.length > 0
    ? {
        title: "4 Match",
        what: `Claim ${claims.join(", ")}`,
        detail: `must equal ${providers.find((row) => row.spec.tenantClaim)?.spec.tenantClaim?.value}`,
      }
    : { title: "4 Match", what: `Claim ${usual}`, detail: `when there, equals ${tenant.slug}` };
}

/** Without any of its own, the fleet's default one. */
function effectiveProviders({ tenant, providers, settings }: Props): readonly Provider[] {
  const shared = settings?.defaultIdentityProvider ?? null;
  if (providers.length > 0 || shared === null) return providers;
  return [{ name: DEFAULT_IDENTITY_PROVIDER_NAME, spec: defaultIdentityProviderOf(shared, tenant.slug) }];
}

function stepsOf(props: Props): PassageStep[] {
  const { tenant, route, settings } = props;
  const providers = effectiveProviders(props);
  const suspended = tenant.spec.status === "suspended";
  const source = tenant.spec.domains.length > 0 ? "Custom domain" : settings?.baseDomains.length ? "Subdomain" : "Path";
  const steps: PassageStep[] = [
    { title: "1 Resolve", what: source, detail: addressOf(tenant, settings).replace(/^https:\/\//, "") },
    route
      ? { title: "2 Extract", what: authenticationWords(route.spec.authentication), detail: matchWords(route.spec), shut: suspended }
      : { title: "2 Route", what: "no route", detail: "404 route_not_found", shut: true },
    authenticate(route, providers),
    match(tenant, route, providers, settings),
    { title: "5 Limit", what: `${tenant.spec.plan} plan`, detail: "tenant and fleet limits" },
    { title: "6 Propagate", what: route?.spec.propagation ?? "headers", detail: route?.spec.propagation ? "policy" : "X-User-Id, X-Tenant-Id" },
    { title: "7 Proxy", what: route?.spec.upstream ?? "–", detail: route?.spec.stripPrefix ? "prefix taken off" : "path as it came" },
  ];
  const shut = steps.findIndex((step) => step.shut);
  return shut < 0 ? steps : steps.map((step, index) => (index > shut ? { ...step, shut: false, off: true } : step));
}

/** The pipeline as it is for one route of the draft: gates that stand open, or the one that is shut. */
export function EffectivePassage(props: Props) {
  return <Passage label="The pipeline of this route" steps={stepsOf(props)} />;
}
