import { DEFAULT_ALGORITHMS, dpopSettings, type IdentityProviderSpec, type SignatureAlgorithm } from "@sallyport/snapshot";

/** What an IdP asks of proofs, as the stages read it. */
export interface CompiledDpop {
  readonly required: boolean;
  readonly algorithms: ReadonlySet<SignatureAlgorithm>;
  readonly lifetimeMs: number;
}

/** What a route offers of DPoP. */
export interface DpopOffer {
  /** In the order of their names. */
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Tokens that are bound to no key count as well. */
  readonly takesBearer: boolean;
}

/** RFC 9449 §7.1: what a refused client is told of DPoP. */
export interface DpopChallenge extends DpopOffer {
  /** The client used the scheme: the error is told under it. */
  readonly used: boolean;
}

// Ten thousand tenants say nothing of it: they share this.
const DEFAULT_DPOP: CompiledDpop = compile(dpopSettings.parse({}));

/** For whom no identity provider of the route says anything of DPoP, and who uses it all the same. */
const DEFAULT_OFFER: DpopOffer = { algorithms: [...DEFAULT_ALGORITHMS].sort(), takesBearer: true };

export function compileDpop({ dpop }: IdentityProviderSpec): CompiledDpop {
  return dpop === undefined ? DEFAULT_DPOP : compile(dpop);
}

function compile({ required, algorithms, proofLifetimeSeconds }: NonNullable<IdentityProviderSpec["dpop"]>): CompiledDpop {
  return { required, algorithms: new Set(algorithms), lifetimeMs: proofLifetimeSeconds * 1_000 };
}

/** Null where nothing is to be said of it. */
export function challengeFor(route: { readonly dpop: DpopOffer | null } | null, used: boolean): DpopChallenge | null {
  const offer = route?.dpop ?? (used ? DEFAULT_OFFER : null);
  return offer === null ? null : { ...offer, used };
}

/** What a route offers: the algorithms of all its IdPs that have DPoP among their settings; null where none has. */
export function offerOf(candidates: readonly { readonly spec: IdentityProviderSpec; readonly dpop: CompiledDpop }[]): DpopOffer | null {
  const offering = candidates.filter(({ spec }) => spec.dpop !== undefined);
  if (offering.length === 0) return null;
  return {
    algorithms: [...new Set(offering.flatMap(({ dpop }) => [...dpop.algorithms]))].sort(),
    takesBearer: !candidates.every(({ dpop }) => dpop.required),
  };
}
