import { type TenantSource, tenantSlug } from "@sallyport/snapshot";
import type { AdmittedRequest } from "./admit/admit.js";
import type { CompiledEdge, CompiledSnapshot, CompiledTenant } from "./compiled.js";
import type { Passage } from "./passage.js";
import { Refusal } from "./refusal.js";
import { tenantNamedByToken } from "./token-claim.js";

export interface ResolvedTenant {
  readonly tenant: CompiledTenant;
  /** The request's path, without the tenant's part where the fleet strips it. */
  readonly path: string;
}

/** Sources that are the request's host; what a browser calls an origin. */
const HOST_SOURCES: ReadonlySet<TenantSource> = new Set(["custom_domain", "subdomain"]);

interface Naming {
  readonly slug: string;
  readonly source: TenantSource;
}

/**
 * BEHAVIOUR §1: every source that is switched on is asked, in the fleet's order. Two that name different tenants are a conflict,
 * whatever their order and whether the tenants exist; a host that is none of ours names nobody.
 */
export function resolveTenant(passage: Passage, request: AdmittedRequest): ResolvedTenant | Refusal {
  const { compiled } = passage;
  let named: Naming | null = null;
  let byHost = false;
  let path = request.path;
  for (const source of compiled.edge.resolution) {
    const slug = nameBy(source, compiled, request);
    if (slug === null) continue;
    if (named !== null && named.slug !== slug) return conflict(passage, named, { slug, source });
    named ??= { slug, source };
    byHost ||= HOST_SOURCES.has(source);
    if (source === "path" && compiled.edge.stripTenantPath) path = withoutTenant(request.path, compiled.edge);
  }
  if (named === null && compiled.edge.resolution.includes("token_claim")) {
    const slug = tenantNamedByToken(passage, request);
    passage.tokenNamesTenant = slug !== null;
    if (slug !== null) named = { slug, source: "token_claim" };
  }
  if (named === null) return new Refusal("tenant_not_identified", "nothing of the request names a tenant");
  const tenant = compiled.tenants.get(named.slug);
  if (tenant === undefined) return new Refusal("tenant_not_found", `the ${named.source} names a tenant that is not there`);
  passage.tenant = tenant;
  passage.hostNamesTenant = byHost;
  if (tenant.suspended) return new Refusal("tenant_suspended", "the tenant is suspended");
  passage.trace?.push({ step: "resolve", result: "pass", detail: `${named.source} names ${named.slug}` });
  return { tenant, path };
}

function nameBy(source: TenantSource, compiled: CompiledSnapshot, request: AdmittedRequest): string | null {
  switch (source) {
    case "custom_domain":
      return compiled.domains.get(request.host)?.slug ?? null;
    case "subdomain":
      return labelUnderBaseDomain(compiled.edge, request.host);
    case "path":
      return slugInPath(compiled.edge, request.path);
    case "header":
      return request.tenantHeader;
    case "token_claim":
      // Read when all others have said nothing.
      return null;
    default:
      return source satisfies never;
  }
}

/** `acme` of `acme.api.example.com`: exactly one label under the longest base domain that fits. */
function labelUnderBaseDomain({ baseDomainSuffixes }: CompiledEdge, host: string): string | null {
  for (const suffix of baseDomainSuffixes) {
    if (host.length === suffix.length - 1 && suffix.endsWith(host)) return null;
    if (!host.endsWith(suffix)) continue;
    const label = host.slice(0, -suffix.length);
    return label.includes(".") ? null : label;
  }
  return null;
}

function slugInPath({ tenantPathPrefix }: CompiledEdge, path: string): string | null {
  if (!path.startsWith(tenantPathPrefix)) return null;
  const end = path.indexOf("/", tenantPathPrefix.length);
  const slug = path.slice(tenantPathPrefix.length, end < 0 ? path.length : end);
  return slug === "" ? null : slug;
}

function withoutTenant(path: string, { tenantPathPrefix }: CompiledEdge): string {
  const end = path.indexOf("/", tenantPathPrefix.length);
  return end < 0 ? "/" : path.slice(end);
}

function conflict(passage: Passage, first: Naming, second: Naming): Refusal {
  // What the client wrote goes into the report only where it has a slug's form.
  const shown = ({ slug, source }: Naming): string => `${source} names ${tenantSlug.safeParse(slug).success ? slug : "no slug"}`;
  const known = [first.slug, second.slug].find((slug) => passage.compiled.tenants.has(slug)) ?? null;
  const detail = `${shown(first)}, ${shown(second)}`;
  passage.report("tenant_conflict", detail, { tenant: known });
  return new Refusal("tenant_conflict", detail);
}
