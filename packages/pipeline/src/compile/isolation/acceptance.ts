import type { CompiledIdentityProvider } from "../../compiled.js";

type Idp = CompiledIdentityProvider;

/** How an IdP comes to take a token of one issuer and audience. */
export interface Acceptance {
  readonly idp: Idp;
  /** By its own issuer; false where an address that it asks answers about that issuer's tokens. */
  readonly own: boolean;
  /** Whatever the audience: an answer need not say for whom a token is. */
  readonly anyAudience: boolean;
}

/** RFC 7662 §2.2: only `active` is mandatory in an answer. What the settings do not require of it may be left out, and is then not checked. */
const need = (idp: Idp, member: "iss" | "aud"): boolean => idp.spec.introspection?.required.includes(member) ?? true;

/** Where its settings send questions; undefined when it asks nobody, or whom the discovery document names. */
export const endpointOf = (idp: Idp): string | undefined => idp.spec.introspection?.endpoint;

/** Takes tokens of whichever issuer the address answers about. */
export const isIssuerVague = (idp: Idp): boolean => endpointOf(idp) !== undefined && !need(idp, "iss");

export const isAudienceVague = (idp: Idp): boolean => !need(idp, "aud");

/**
 * Audiences that a token may have to count there: those of the IdP, and of its own issuer the client of its logins, whose ID tokens it takes.
 */
export function* audiencesOf({ idp, own }: Acceptance): Generator<string, void, void> {
  yield* idp.audiences;
  const clientId = own ? idp.spec.login?.client.clientId : undefined;
  if (clientId !== undefined && !idp.audiences.has(clientId)) yield clientId;
}

export interface ProviderIndexes {
  readonly issuers: { get(issuer: string): readonly Idp[] };
  readonly endpoints: { get(endpoint: string): readonly Idp[] };
}

/**
 * Every IdP that may take a token of this issuer: those that name it, and those that ask, without wanting `iss`, at an address which
 * another IdP of the fleet names for this issuer.
 */
export function acceptancesOf(issuer: string, { issuers, endpoints }: ProviderIndexes): Acceptance[] {
  const found: Acceptance[] = [];
  const addresses = new Set<string>();
  for (const idp of issuers.get(issuer)) {
    found.push({ idp, own: true, anyAudience: isAudienceVague(idp) });
    const endpoint = endpointOf(idp);
    if (endpoint !== undefined) addresses.add(endpoint);
  }
  for (const address of addresses)
    for (const idp of endpoints.get(address))
      if (idp.issuer !== issuer && isIssuerVague(idp)) found.push({ idp, own: false, anyAudience: isAudienceVague(idp) });
  return found;
}
