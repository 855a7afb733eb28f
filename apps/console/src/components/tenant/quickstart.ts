import type { FleetSpec } from "@sallyport/snapshot";
import type { RouteRow, TenantDetail } from "@/lib/rows";

/** How this tenant is reached: its first domain, a subdomain, or the path. `GATEWAY` stands for a node's address. */
export function addressOf(tenant: TenantDetail, settings: FleetSpec | undefined): string {
  const [domain] = tenant.spec.domains;
  if (domain) return `https://${domain}`;
  const [base] = settings?.baseDomains ?? [];
  if (base && settings?.resolution.includes("subdomain")) return `https://${tenant.slug}.${base}`;
  return `https://GATEWAY${settings?.tenantPathPrefix ?? "/tenants"}/${tenant.slug}`;
}

/** The first request, as somebody would type it. */
export function quickstart(tenant: TenantDetail, route: RouteRow | undefined, settings: FleetSpec | undefined): string {
  const path = route?.spec.pathPrefix === "/" ? "/" : (route?.spec.pathPrefix ?? "/");
  const [method] = route?.spec.methods ?? [];
  const call = `curl ${method && method !== "GET" ? `-X ${method} ` : ""}${addressOf(tenant, settings)}${path}`;
  const authentication = route?.spec.authentication;
  if (authentication?.mode === "public" || authentication?.mode === "optional") return `${call}\n# passes without a credential`;
  const kinds = authentication?.mode === "required" ? authentication.authenticators : ["bearer" as const];
  const needed = authentication?.mode === "required" && authentication.match === "all" ? kinds : kinds.slice(0, 1);
  const headers = {
    bearer: "Authorization: Bearer $TOKEN",
    api_key: `${settings?.apiKeys.header ?? "X-API-Key"}: $API_KEY`,
    session: `Cookie: __Host-sallyport-${tenant.slug}=$SESSION`,
  };
  const shown = needed.map((kind) => (kind === "client_certificate" ? "--cert client.crt --key client.key" : `-H "${headers[kind]}"`));
  return [call, ...shown].join(" \\\n  ");
}
