import { claimAt } from "./claim-path.js";
import type { CompiledIdentityProvider } from "./compiled.js";
import type { Claims } from "./jwt/claims.js";
import type { Passage } from "./passage.js";
import { Refusal } from "./refusal.js";

/**
 * The isolation rule, BEHAVIOUR §4: the IdP's tenant claim must be there, a string, and equal byte for byte. On an IdP without one,
 * the fleet's usual claim must equal the tenant's slug when it is there. Null when the token is this tenant's own.
 */
export function refuseByTenantClaim(passage: Passage, idp: CompiledIdentityProvider, claims: Claims): Refusal | null {
  const path = idp.tenantClaim?.path ?? idp.usualTenantClaim;
  const expected = idp.tenantClaim?.value ?? idp.tenant;
  const value = claimAt(claims, path);
  if (value === undefined && idp.tenantClaim === null) return null;
  if (typeof value !== "string") return new Refusal("invalid_claims", `the tenant claim ${path.join("/")} is missing or not a string`);
  if (value === expected) return null;
  const detail = `the tenant claim ${path.join("/")} has another tenant's value`;
  passage.report("cross_tenant_attempt", detail, {
    tokenTenant: tenantOfValue(passage, idp, value),
    identityProvider: idp.name,
    subject: typeof claims.sub === "string" ? claims.sub : null,
    issuer: idp.issuer,
  });
  return new Refusal("tenant_mismatch", detail);
}

/** Whose value it is: that of a tenant with the same issuer, or, for the usual claim, the tenant of that name. */
function tenantOfValue({ compiled }: Passage, idp: CompiledIdentityProvider, value: string): string | null {
  const sharing = compiled.issuers.get(idp.issuer) ?? [];
  const owner = sharing.find((other) => other.tenant !== idp.tenant && other.tenantClaim?.value === value);
  return owner?.tenant ?? (compiled.tenants.has(value) ? value : null);
}
