import { claimMapping, DEFAULT_ALGORITHMS, type IdentityProviderSpec, type SignatureAlgorithm } from "@sallyport/snapshot";
import { type ClaimPath, compileClaimPath } from "../claim-path.js";
import type { CompiledIdentityProvider } from "../compiled.js";
import { compileDpop } from "../dpop/settings.js";
import type { CompiledRevocations } from "../revocations.js";

interface Placement {
  readonly tenant: string;
  readonly name: string;
  readonly epoch: number;
  readonly staleKeysMaxAgeMs: number;
  readonly cachedAnswersMaxAgeMs: number;
  readonly usualTenantClaim: ClaimPath;
  readonly propagatedClaims: readonly string[];
  readonly revocations: CompiledRevocations | null;
}

type Mapping = IdentityProviderSpec["claimMapping"];
type TokenType = IdentityProviderSpec["tokenTypes"][number];

// Ten thousand tenants leave most settings at their defaults: those parts are compiled once and shared.
const DEFAULT_MAPPING: Mapping = claimMapping.parse({});
const COMPILED_DEFAULT_MAPPING = compileMapping(DEFAULT_MAPPING);
const DEFAULT_ALGORITHM_SET: ReadonlySet<SignatureAlgorithm> = new Set(DEFAULT_ALGORITHMS);
const BOTH_TOKEN_TYPES = compileTokenTypes(["JWT", "at+jwt"]);
const NO_CLAIMS: CompiledIdentityProvider["requiredClaims"] = [];

/** An IdP's settings as the stages read them: sets, split claim paths, milliseconds. */
export function compileIdentityProvider(spec: IdentityProviderSpec, place: Placement): CompiledIdentityProvider {
  // What every request asks for comes first, and stands together in memory.
  return {
    id: `${place.tenant}/${place.name}`,
    slotOwner: null,
    slotHeld: null,
    tenant: place.tenant,
    name: place.name,
    spec,
    issuer: spec.issuer,
    audiences: audienceSetOf(spec.audiences),
    algorithms: isDefaultAlgorithms(spec.algorithms) ? DEFAULT_ALGORITHM_SET : new Set(spec.algorithms),
    clockToleranceMs: spec.clockToleranceSeconds * 1000,
    dpop: compileDpop(spec),
    staleKeysMaxAgeMs: place.staleKeysMaxAgeMs,
    cachedAnswersMaxAgeMs: place.cachedAnswersMaxAgeMs,
    epoch: place.epoch,
    revocations: place.revocations,
    tokenTypes: spec.tokenTypes.length === BOTH_TOKEN_TYPES.size ? BOTH_TOKEN_TYPES : compileTokenTypes(spec.tokenTypes),
    tenantClaim: spec.tenantClaim === null ? null : { path: compileClaimPath(spec.tenantClaim.claim), value: spec.tenantClaim.value },
    usualTenantClaim: place.usualTenantClaim,
    propagatedClaims: place.propagatedClaims,
    requiredClaims: spec.requiredClaims.length === 0 ? NO_CLAIMS : compileRequiredClaims(spec.requiredClaims),
    mapping: isDefaultMapping(spec.claimMapping) ? COMPILED_DEFAULT_MAPPING : compileMapping(spec.claimMapping),
  };
}

/** By list: IdPs whose lists are one share the set. */
const audienceSets = new WeakMap<readonly string[], ReadonlySet<string>>();

function audienceSetOf(audiences: readonly string[]): ReadonlySet<string> {
  const known = audienceSets.get(audiences) ?? new Set(audiences);
  audienceSets.set(audiences, known);
  return known;
}

const isDefaultAlgorithms = (algorithms: readonly SignatureAlgorithm[]): boolean =>
  algorithms.length === DEFAULT_ALGORITHM_SET.size && algorithms.every((algorithm) => DEFAULT_ALGORITHM_SET.has(algorithm));

const isDefaultMapping = (mapping: Mapping): boolean =>
  (Object.keys(DEFAULT_MAPPING) as (keyof Mapping)[]).every((name) => mapping[name] === DEFAULT_MAPPING[name]);

/** Media types compare without case (RFC 9110 §8.3.1). */
function compileTokenTypes(types: readonly TokenType[]): ReadonlySet<string> {
  return new Set(types.map((type) => type.toLowerCase()));
}

function compileRequiredClaims(claims: IdentityProviderSpec["requiredClaims"]): CompiledIdentityProvider["requiredClaims"] {
  return claims.map(({ claim, oneOf }) => ({ path: compileClaimPath(claim), oneOf: oneOf === undefined ? null : new Set(oneOf) }));
}

/** Which claims are read for what. */
export function compileMapping(mapping: Mapping): CompiledIdentityProvider["mapping"] {
  const path = (text: string | null) => (text === null ? null : compileClaimPath(text));
  return {
    email: path(mapping.email),
    roles: path(mapping.roles),
    scopes: path(mapping.scopes),
    scopesFallback: mapping.scopes === DEFAULT_MAPPING.scopes ? ["scp"] : null,
    organization: path(mapping.organization),
    sessionId: path(mapping.sessionId),
  };
}
