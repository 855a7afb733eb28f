import {
  acceptanceKey,
  type CompiledChanges,
  type CompiledIdentityProvider,
  type CompiledSnapshot,
  loginAcceptanceKey,
  namingClaimOf,
  namingKey,
} from "../compiled.js";
import type { CompileErrors } from "./compile-error.js";
import { copyInSteps } from "./copy-in-steps.js";
import { endpointOf } from "./isolation/acceptance.js";
import { proveIssuer } from "./isolation/prove-acceptance.js";
import { proveNaming } from "./isolation/prove-naming.js";
import { MultiIndex } from "./multi-index.js";

type Idp = CompiledIdentityProvider;

/** Tenants whose entries are put into an index, or proven, without a pause: about a millisecond. */
export const INDEX_STEP = 100;

/** Under which an IdP's tokens are accepted: access tokens by audience, ID tokens by client. */
function acceptanceKeysOf({ issuer, audiences, spec }: Idp): string[] {
  const keys = [...audiences].map((audience) => acceptanceKey(issuer, audience));
  return spec.login === null ? keys : [...keys, loginAcceptanceKey(issuer, spec.login.client.clientId)];
}

/** All that is proven of an IdP follows from its own words, its tenant and the fleet: while these are the same, so is what was proven. */
const saysTheSame = (one: Idp, other: Idp): boolean =>
  one.id === other.id && JSON.stringify([one.spec, one.tenantClaim]) === JSON.stringify([other.spec, other.tenantClaim]);

/** IdPs of changed tenants that did not change themselves: by the new one, the one that it replaces. */
function replacements({ brought, gone }: CompiledChanges): ReadonlyMap<Idp, Idp> {
  const before = new Map(gone.map((tenant) => [tenant.slug, tenant]));
  const replaced = new Map<Idp, Idp>();
  for (const tenant of brought) {
    for (const idp of tenant.identityProviders.values()) {
      const old = before.get(tenant.slug)?.identityProviders.get(idp.name);
      if (old !== undefined && saysTheSame(old, idp)) replaced.set(idp, old);
    }
  }
  return replaced;
}

/**
 * Which IdPs there are by issuer, by what they accept, by whom they ask and by what their tokens name, and the proof that none of it leads to
 * two tenants. Issuers of which nothing changed are proven already.
 * @param on.base what the indexes begin with: made under the same fleet, and proven
 * @param on.tokensName tokens may name tenants
 */
export function* indexIssuers(
  { base, tokensName }: { readonly base: CompiledSnapshot | undefined; readonly tokensName: boolean },
  changes: CompiledChanges,
  errors: CompileErrors,
): Generator<void, Pick<CompiledSnapshot, "issuers" | "acceptances" | "endpoints" | "namedByToken">, void> {
  const issuers = new MultiIndex<Idp>(yield* copyInSteps(base?.issuers));
  const acceptances = new MultiIndex<Idp>(yield* copyInSteps(base?.acceptances));
  const endpoints = new MultiIndex<Idp>(yield* copyInSteps(base?.endpoints));
  const named = new MultiIndex<Idp>(yield* copyInSteps(base?.namedByToken));
  const placesOf = (idp: Idp, each: (index: MultiIndex<Idp>, key: string) => void): void => {
    const endpoint = endpointOf(idp);
    if (endpoint !== undefined) each(endpoints, endpoint);
    each(issuers, idp.issuer);
    if (tokensName) each(named, namingKey(idp.issuer, namingClaimOf(idp).value));
    for (const key of acceptanceKeysOf(idp)) each(acceptances, key);
  };

  const replaced = replacements(changes);
  const stays = new Set(replaced.values());
  for (const [index, tenant] of changes.gone.entries()) {
    if (index % INDEX_STEP === 0) yield;
    for (const idp of tenant.identityProviders.values()) if (!stays.has(idp)) placesOf(idp, (at, key) => at.remove(key, idp));
  }
  for (const [index, tenant] of changes.brought.entries()) {
    if (index % INDEX_STEP === 0) yield;
    for (const idp of tenant.identityProviders.values()) {
      const old = replaced.get(idp);
      placesOf(idp, (at, key) => (old === undefined ? at.add(key, idp) : at.replace(key, old, idp)));
    }
  }
  const touched = new Set(issuers.touched());
  // Who asks at an address takes part in what is accepted of every issuer that the address answers about.
  for (const endpoint of endpoints.touched()) for (const { issuer } of endpoints.get(endpoint)) touched.add(issuer);
  let proven = 0;
  for (const issuer of touched) {
    if (proven % INDEX_STEP === 0) yield;
    proven += 1;
    yield* proveIssuer(issuer, { issuers, endpoints }, errors);
    if (tokensName) proveNaming(issuers.get(issuer), errors);
  }
  return { issuers: issuers.built(), acceptances: acceptances.built(), endpoints: endpoints.built(), namedByToken: named.built() };
}
