import { type CompiledIdentityProvider, namingClaimOf } from "../../compiled.js";
import type { CompileErrors } from "../compile-error.js";
import { pathKeyOf } from "./claim-index.js";
import { type CounterSide, shown } from "./counter-example.js";
import { pathOf } from "./prove-acceptance.js";

/**
 * Where tokens may name tenants (BEHAVIOUR §1): of one issuer all name them by one claim, and no two tenants have the same value. Then no
 * token can name two.
 * @param sharing every enabled IdP of the fleet with one issuer
 */
export function proveNaming(sharing: readonly CompiledIdentityProvider[], errors: CompileErrors): void {
  const [first] = sharing;
  if (first === undefined) return;
  const claim = claimKeyOf(first);
  const byValue = new Map<string, CompiledIdentityProvider>();
  for (const idp of sharing) {
    if (claimKeyOf(idp) !== claim) {
      // Of the two one is not this third tenant's, if there is one: they have different claims, and it has one of them.
      const third = sharing.find(({ tenant }) => tenant !== idp.tenant);
      const [one, other] = third === undefined ? [idp, first] : [claimKeyOf(third) === claim ? idp : first, third];
      report(one, other, "name the same tenant claim: tokens name tenants here, and one with both claims would name two", errors);
      return;
    }
    const { value } = namingClaimOf(idp);
    const other = byValue.get(value);
    if (other !== undefined && other.tenant !== idp.tenant) {
      report(idp, other, "give the tenant claim different values: tokens name tenants here, and one would name both", errors);
      return;
    }
    byValue.set(value, idp);
  }
}

const claimKeyOf = (idp: CompiledIdentityProvider): string => pathKeyOf(namingClaimOf(idp).path);

const nameOf = (idp: CompiledIdentityProvider): string => namingClaimOf(idp).path.join("/");

function sideOf(idp: CompiledIdentityProvider): CounterSide {
  const { value } = namingClaimOf(idp);
  const source = idp.tenantClaim === null ? "the fleet's usualTenantClaim" : "tenantClaim";
  return { tenant: idp.tenant, path: pathOf(idp), rules: [`issuer is ${shown(idp.issuer)}`, `${source}: ${nameOf(idp)} is ${shown(value)}`] };
}

function report(idp: CompiledIdentityProvider, other: CompiledIdentityProvider, message: string, errors: CompileErrors): void {
  const named = [idp, other].map((each) => [nameOf(each), shown(namingClaimOf(each).value)] as const);
  const example = { iss: shown(idp.issuer), ...Object.fromEntries(named) };
  const sides = [sideOf(idp), sideOf(other)] as const;
  // Of one tenant alone the claims cannot be read either, but no border is crossed.
  const counterExample = idp.tenant === other.tenant ? undefined : { presents: "token" as const, example, sides };
  errors.add(pathOf(idp), `shares its issuer with ${pathOf(other)}; ${message}`, counterExample);
  errors.add(pathOf(other), `shares its issuer with ${pathOf(idp)}; ${message}`, counterExample);
}
