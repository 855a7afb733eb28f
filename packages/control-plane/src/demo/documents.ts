import { API_VERSION, type ConfigDocument, configDocument, READY_RATE_LIMITS } from "@sallyport/snapshot";
import type { DemoTenant } from "./company.js";

type Loose = { kind: ConfigDocument["kind"]; name: string; tenant?: string; spec: unknown };

/** Parses as a file's document would be, so that the demo's shorthand gets every default. */
export function document({ kind, name, tenant, spec }: Loose): ConfigDocument {
  return configDocument.parse({ apiVersion: API_VERSION, kind, metadata: { name, ...(tenant === undefined ? {} : { tenant }) }, spec });
}

/** The fleet's settings: base domain, sources, and the ranges that hold the demo's own providers. */
export const fleetDocuments = (providerRanges: readonly string[] = ["127.0.0.0/8"]): ConfigDocument[] => [
  document({
    kind: "Fleet",
    name: "default",
    spec: {
      baseDomains: ["api.ledgerline.example", "gw.localhost"],
      resolution: ["custom_domain", "subdomain", "path"],
      idpAllowedRanges: providerRanges,
      // Whoever tries the demo out comes from one address, and is meant to try what fails.
      lockout: { exempt: ["127.0.0.0/8", "::1/128"] },
    },
  }),
  document({ kind: "NodeGroup", name: "default", spec: { displayName: "Everywhere" } }),
  document({ kind: "RateLimitPolicy", name: "plan-starter", spec: { key: ["tenant"], limit: 50, windowSeconds: 1, burst: 100, plans: ["starter"] } }),
  document({
    kind: "RateLimitPolicy",
    name: "plan-standard",
    spec: { key: ["tenant"], limit: 500, windowSeconds: 1, burst: 500, plans: ["standard"] },
  }),
  document({ kind: "RateLimitPolicy", name: "plan-scale", spec: { key: ["tenant"], limit: 10_000, windowSeconds: 1, burst: 500, plans: ["scale"] } }),
  ...READY_RATE_LIMITS.filter(({ spec }) => spec.routes.includes("login")).map(({ name, spec }) => document({ kind: "RateLimitPolicy", name, spec })),
];

const tenantClaim = (tenant: DemoTenant) =>
  tenant.provider?.tenantClaim ? { tenantClaim: { claim: tenant.provider.tenantClaim, value: tenant.slug } } : {};

/**
 * Everything that is declared for a tenant of the demo.
 * @param keysUrl a JWK Set for the made-up issuers, which have no address of their own; null where the issuer is real
 */
export function tenantDocuments(tenant: DemoTenant, keysUrl: string | null): ConfigDocument[] {
  const { slug } = tenant;
  const keys = keysUrl === null ? {} : { keys: { kind: "jwks", url: keysUrl } };
  const inTenant = (kind: ConfigDocument["kind"], name: string, spec: unknown) => document({ kind, name, tenant: slug, spec });
  return [
    document({
      kind: "Tenant",
      name: slug,
      spec: {
        ...{ displayName: tenant.displayName, plan: tenant.plan, domains: tenant.domain === null ? [] : [tenant.domain] },
        ...(tenant.lockout && { lockout: tenant.lockout }),
      },
    }),
    ...(tenant.provider === null
      ? []
      : [
          inTenant("IdentityProvider", tenant.provider.name, {
            issuer: tenant.provider.issuer,
            audiences: [tenant.audience],
            ...keys,
            ...tenantClaim(tenant),
          }),
        ]),
    inTenant("Upstream", "main", { url: tenant.upstream }),
    inTenant("RateLimitPolicy", "per-address", { key: ["client_ip"], limit: 600, windowSeconds: 60, burst: 120 }),
    ...Object.entries(tenant.limits ?? {}).map(([name, spec]) => inTenant("RateLimitPolicy", name, spec)),
    ...Object.entries(tenant.routes).map(([name, { prefix, scope, methods, authenticators }]) =>
      inTenant("Route", name, {
        pathPrefix: prefix,
        methods: methods ?? [],
        upstream: "main",
        authentication: { mode: "required", ...(authenticators && { authenticators }), ...(scope === null ? {} : { requiredScopes: [scope] }) },
      }),
    ),
    ...(tenant.hasLogin === true
      ? [
          inTenant("Route", "login", {
            ...{ pathPrefix: "/v1/login", methods: ["POST"], upstream: "main", authentication: { mode: "public" } },
            usernameField: "email",
          }),
        ]
      : []),
    inTenant("Route", "status", { pathPrefix: "/status", methods: ["GET"], upstream: "main", authentication: { mode: "public" } }),
  ];
}
