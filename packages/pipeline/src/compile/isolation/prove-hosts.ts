import type { CompileErrors } from "../compile-error.js";
import type { CounterSide } from "./counter-example.js";

const sideOf = (tenant: string, rule: string): CounterSide => ({ tenant, path: `tenants/${tenant}`, rules: [rule] });

/** A host that is the custom domain of two tenants. */
export function reportSharedDomain(domain: string, tenant: string, other: string, errors: CompileErrors): void {
  errors.add(`tenants/${tenant}`, `domains: ${domain} already belongs to tenants/${other}`, {
    presents: "host",
    example: { host: domain },
    sides: [sideOf(tenant, `domains has ${domain}`), sideOf(other, `domains has ${domain}`)],
  });
}

/** A custom domain that the fleet reads as another tenant's subdomain, whether that tenant is there already or not. */
export function reportForeignLabel(
  domain: string,
  tenant: string,
  place: { readonly label: string; readonly base: string },
  errors: CompileErrors,
): void {
  const { label, base } = place;
  errors.add(`tenants/${tenant}`, `domains: ${domain} is the subdomain of a tenant ${label}`, {
    presents: "host",
    example: { host: domain },
    sides: [sideOf(tenant, `domains has ${domain}`), sideOf(label, `under the fleet's base domain ${base} its slug is the host ${domain}`)],
  });
}

/** A slug that stands in a snapshot twice: hosts, paths and headers with it would name either. */
export function reportSharedSlug(slug: string, errors: CompileErrors): void {
  errors.add(`tenants/${slug}`, "the tenant stands in the snapshot twice", {
    presents: "slug",
    example: { tenant: slug },
    sides: [sideOf(slug, "slug, in the first section"), sideOf(slug, "slug, in the second section")],
  });
}
