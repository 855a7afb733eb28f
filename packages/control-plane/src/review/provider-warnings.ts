import type { DefaultIdentityProvider, FleetSection, IdentityProviderSpec, SignatureAlgorithm, TenantSection } from "@sallyport/snapshot";
import { gained, listed, type Warning, warningOf } from "./warning.js";

/** Of the families that a provider may sign with, PKCS #1 v1.5 is the weakest construction, and PSS follows (RFC 8017 §8). */
const STRENGTH: Readonly<Record<string, number>> = { RS: 0, PS: 1, ES: 2, Ed: 2 };
const strengthOf = (algorithm: SignatureAlgorithm): number => STRENGTH[algorithm.slice(0, 2)] ?? 0;

/** What both an IdP of a tenant and the fleet's default one have. */
type Trust = Pick<IdentityProviderSpec, "audiences" | "algorithms" | "requiredClaims" | "requiredScopes">;

function trustWarnings(path: string, before: Trust, after: Trust): Warning[] {
  const found: Warning[] = [];
  const weakest = Math.min(...before.algorithms.map(strengthOf));
  const weaker = after.algorithms.filter((algorithm) => strengthOf(algorithm) < weakest);
  if (weaker.length > 0) found.push(warningOf("algorithm_weakened", path, `takes ${listed(weaker)}, which is weaker than all that it took`, weaker));
  const audiences = gained(before.audiences, after.audiences);
  if (audiences.length > 0) found.push(warningOf("audience_widened", path, `takes tokens for ${listed(audiences)} as well`, audiences));
  const lost = lostClaims(before, after);
  if (lost.length > 0) found.push(warningOf("claims_lost", path, `no longer asks of its tokens: ${listed(lost)}`, lost));
  return found;
}

function lostClaims(before: Trust, after: Trust): string[] {
  const scopes = gained(after.requiredScopes, before.requiredScopes).map((scope) => `the scope ${scope}`);
  const claims = before.requiredClaims.flatMap(({ claim, oneOf }) => {
    const still = after.requiredClaims.filter((required) => required.claim === claim);
    if (still.length === 0) return [`the claim ${claim}`];
    if (oneOf === undefined) return [];
    // It holds as long as some requirement of this claim takes nothing that was not taken.
    const asStrict = still.some((required) => required.oneOf !== undefined && gained(oneOf, required.oneOf).length === 0);
    return asStrict ? [] : [`the values of ${claim}`];
  });
  return [...scopes, ...claims];
}

function ownWarnings(path: string, before: IdentityProviderSpec, after: IdentityProviderSpec): Warning[] {
  const found = trustWarnings(path, before, after);
  const [was, is] = [before.tenantClaim, after.tenantClaim];
  if (was !== null && is === null)
    found.push(warningOf("tenant_claim_dropped", path, `no longer asks that ${was.claim} is ${was.value}`, [was.claim, was.value]));
  if (was !== null && is !== null && (was.claim !== is.claim || was.value !== is.value)) {
    const message = `asks that ${is.claim} is ${is.value}, no longer that ${was.claim} is ${was.value}`;
    found.push(warningOf("tenant_claim_changed", path, message, [was.claim, was.value, is.claim, is.value]));
  }
  if (before.requireCertificateBinding === true && after.requireCertificateBinding !== true)
    found.push(warningOf("certificate_binding_dropped", path, "takes tokens that are bound to no certificate", true));
  if (before.dpop?.required === true && after.dpop?.required !== true)
    found.push(warningOf("proof_binding_dropped", path, "takes tokens that are bound to no key, without a proof", true));
  return found;
}

/** What a tenant's identity providers no longer ask of tokens. One under a new name is compared with those of its issuer that were there. */
export function providerWarnings(before: TenantSection, after: TenantSection): Warning[] {
  const enabled = Object.entries(before.identityProviders).filter(([, { status }]) => status === "enabled");
  return Object.entries(after.identityProviders).flatMap(([name, spec]) => {
    if (spec.status !== "enabled") return [];
    const [, old] = enabled.find(([other]) => other === name) ?? enabled.find(([, { issuer }]) => issuer === spec.issuer) ?? [];
    return old === undefined ? [] : ownWarnings(`tenants/${after.slug}/identityProviders/${name}`, old, spec);
  });
}

/** The same of the fleet's default provider: it is that of every tenant without one. */
export function defaultProviderWarnings(before: FleetSection, after: FleetSection): Warning[] {
  const [was, is]: (DefaultIdentityProvider | null)[] = [before.settings.defaultIdentityProvider, after.settings.defaultIdentityProvider];
  if (!was || !is) return [];
  const found = trustWarnings("fleet", was, is);
  if (was.tenantClaim !== is.tenantClaim) {
    const message = `the default provider's tokens name their tenant by ${is.tenantClaim}, no longer by ${was.tenantClaim}`;
    found.push(warningOf("tenant_claim_changed", "fleet", message, [was.tenantClaim, is.tenantClaim]));
  }
  return found;
}
