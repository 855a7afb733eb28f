import { claimMapping, type FleetSpec, type IdentityProviderSpec } from "@sallyport/snapshot";
import { compileClaimPath } from "../claim-path.js";
import type { CompiledIdentityProvider } from "../compiled.js";

const DEFAULT_SCOPES = claimMapping.parse({}).scopes;

interface Placement {
  readonly tenant: string;
  readonly name: string;
  readonly epoch: number;
  readonly staleKeysMaxAgeMs: number;
  readonly settings: FleetSpec;
}

export function compileIdentityProvider(spec: IdentityProviderSpec, place: Placement): CompiledIdentityProvider {
  const mapping = spec.claimMapping;
  const path = (text: string | null) => (text === null ? null : compileClaimPath(text));
  return {
    tenant: place.tenant,
    name: place.name,
    id: `${place.tenant}/${place.name}`,
    spec,
    issuer: spec.issuer,
    audiences: new Set(spec.audiences),
    algorithms: new Set(spec.algorithms),
    clockToleranceMs: spec.clockToleranceSeconds * 1000,
    staleKeysMaxAgeMs: place.staleKeysMaxAgeMs,
    epoch: place.epoch,
    tokenTypes: new Set(spec.tokenTypes.map((type) => type.toLowerCase())),
    tenantClaim: spec.tenantClaim === null ? null : { path: compileClaimPath(spec.tenantClaim.claim), value: spec.tenantClaim.value },
    usualTenantClaim: [place.settings.usualTenantClaim],
    requiredClaims: spec.requiredClaims.map(({ claim, oneOf }) => ({
      path: compileClaimPath(claim),
      oneOf: oneOf === undefined ? null : new Set(oneOf),
    })),
    mapping: {
      email: path(mapping.email),
      roles: path(mapping.roles),
      scopes: path(mapping.scopes),
      scopesFallback: mapping.scopes === DEFAULT_SCOPES ? ["scp"] : null,
      organization: path(mapping.organization),
      sessionId: path(mapping.sessionId),
    },
  };
}
