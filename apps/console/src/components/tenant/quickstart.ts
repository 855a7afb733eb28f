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
  const open = route?.spec.authentication.mode === "public" || route?.spec.authentication.mode === "optional";
  return open ? `${call}\n# passes without a token` : `${call} \\\n  -H "Authorization: Bearer $TOKEN"`;
}
