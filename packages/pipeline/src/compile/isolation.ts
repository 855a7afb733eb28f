import { type CompiledIdentityProvider, namingClaimOf } from "../compiled.js";
import type { CompileErrors } from "./compile-error.js";

/**
 * The isolation proof (DESIGN §5): where several tenants accept the same issuer and audience, each must have a tenant claim, of one
 * name, and all values must differ. Then no token can be good at two of them.
 * @param sharing every enabled IdP of the fleet that accepts the pair
 */
export function proveIsolation(sharing: readonly CompiledIdentityProvider[], errors: CompileErrors): void {
  const [first] = sharing;
  if (first === undefined || sharing.every((idp) => idp.tenant === first.tenant)) return;
  const unclaimed = sharing.find((idp) => idp.tenantClaim === null) ?? null;
  if (unclaimed !== null) {
    const other = sharing.find((idp) => idp.tenant !== unclaimed.tenant) ?? first;
    report(unclaimed, other, "name a tenant claim: both accept the same issuer and audience", errors);
    return;
  }
  proveDistinct(sharing, "both accept the same issuer and audience", errors);
}

/**
 * The same for tokens that an endpoint is asked about. Only `active` is mandatory in an answer (RFC 7662 §2.2): unless the settings require
 * `iss` and `aud` of it, it need not say for whom a token is, and what tells two tenants of one provider apart can only be a tenant claim.
 * @param sharing every enabled IdP of the fleet with one issuer, or that asks at one address
 */
export function proveAskedIsolation(sharing: readonly CompiledIdentityProvider[], errors: CompileErrors): void {
  const [first] = sharing;
  if (first === undefined || sharing.every((idp) => idp.tenant === first.tenant)) return;
  const vague = sharing.filter(isVague);
  if (vague.length === 0) return;
  const unclaimed = vague.find((idp) => idp.tenantClaim === null);
  if (unclaimed === undefined) {
    const claimed = sharing.filter((idp) => idp.tenantClaim !== null);
    proveDistinct(claimed, "an answer about a token need not say for whom it is", errors);
    return;
  }
  const other = sharing.find((idp) => idp.tenant !== unclaimed.tenant) ?? first;
  report(unclaimed, other, "name a tenant claim, or require iss and aud of its answers: they need not say for whom a token is", errors);
}

/**
 * Where tokens may name tenants (BEHAVIOUR §1): of one issuer all name them by one claim, and no two tenants have the same value. Then no
 * token can name two.
 * @param sharing every enabled IdP of the fleet with one issuer
 */
export function proveNaming(sharing: readonly CompiledIdentityProvider[], errors: CompileErrors): void {
  const [first] = sharing;
  if (first === undefined) return;
  const claim = namingClaimOf(first).path.join("/");
  const byValue = new Map<string, CompiledIdentityProvider>();
  for (const idp of sharing) {
    const naming = namingClaimOf(idp);
    if (naming.path.join("/") !== claim) {
      report(idp, first, "name the same tenant claim: tokens name tenants here, and one with both claims would name two", errors);
      return;
    }
    const other = byValue.get(naming.value);
    if (other !== undefined && other.tenant !== idp.tenant) {
      report(idp, other, "give the tenant claim different values: tokens name tenants here, and one would name both", errors);
      return;
    }
    byValue.set(naming.value, idp);
  }
}

const isVague = ({ spec: { introspection } }: CompiledIdentityProvider): boolean =>
  introspection !== null && !(introspection.required.includes("iss") && introspection.required.includes("aud"));

/** @param claimed IdPs that each have a tenant claim */
function proveDistinct(claimed: readonly CompiledIdentityProvider[], because: string, errors: CompileErrors): void {
  const [first] = claimed;
  if (first === undefined) return;
  const byValue = new Map<string, CompiledIdentityProvider>();
  for (const idp of claimed) {
    const { claim, value } = idp.spec.tenantClaim ?? { claim: "", value: "" };
    if (claim !== first.spec.tenantClaim?.claim) {
      report(idp, first, "name the same tenant claim: with two, one token could carry both values", errors);
      return;
    }
    const other = byValue.get(value);
    if (other !== undefined && other.tenant !== idp.tenant) {
      report(idp, other, `give the tenant claim different values: ${because}`, errors);
      return;
    }
    byValue.set(value, idp);
  }
}

function report(idp: CompiledIdentityProvider, other: CompiledIdentityProvider, message: string, errors: CompileErrors): void {
  errors.add(pathOf(idp), `shares its issuer with ${pathOf(other)}; ${message}`);
  errors.add(pathOf(other), `shares its issuer with ${pathOf(idp)}; ${message}`);
}

const pathOf = (idp: CompiledIdentityProvider): string => `tenants/${idp.tenant}/identityProviders/${idp.name}`;
