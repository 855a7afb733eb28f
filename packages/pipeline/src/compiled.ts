import type {
  FleetSpec,
  IdentityProviderSpec,
  PropagationPolicySpec,
  RateLimitPolicySpec,
  RouteSpec,
  SignatureAlgorithm,
  UpstreamSpec,
} from "@sallyport/snapshot";

/** An IdP, ready for the hot path. */
export interface CompiledIdentityProvider {
  /** Slug of the tenant that it belongs to. */
  readonly tenant: string;
  readonly name: string;
  /** `<tenant>/<name>`: the prefix of every key that is derived from this IdP. */
  readonly id: string;
  readonly spec: IdentityProviderSpec;
  readonly issuer: string;
  readonly audiences: ReadonlySet<string>;
  readonly algorithms: ReadonlySet<SignatureAlgorithm>;
  readonly clockToleranceMs: number;
  /** How long keys may be used after their last good fetch, ms; the largest that a route of the tenant allows. */
  readonly staleKeysMaxAgeMs: number;
  /** Changes with every applied revision that touches this tenant: a verification of an older epoch is worth nothing. */
  readonly epoch: number;
}

export interface CompiledRoute {
  readonly name: string;
  readonly spec: RouteSpec;
  readonly upstream: {
    readonly name: string;
    readonly spec: UpstreamSpec /** Scheme, host and port. */;
    readonly origin: string /** Without a slash at the end; may be empty. */;
    readonly basePath: string;
  };
  readonly propagation: PropagationPolicySpec;
  /** By issuer; several IdPs can share one. */
  readonly identityProviders: ReadonlyMap<string, readonly CompiledIdentityProvider[]>;
  readonly requiredScopes: readonly string[];
  readonly limits: readonly CompiledLimit[];
}

export interface CompiledLimit {
  readonly name: string;
  readonly spec: RateLimitPolicySpec;
  /** First part of every bucket of this policy. */
  readonly bucketPrefix: string;
}

export interface CompiledTenant {
  readonly slug: string;
  readonly plan: string;
  readonly suspended: boolean;
  /** Sorted for matching: longest prefix first, then those with methods. */
  readonly routes: readonly CompiledRoute[];
  readonly epoch: number;
}

/** A snapshot, compiled: what one pointer of the gateway points at. Immutable. */
export interface CompiledSnapshot {
  readonly revision: number;
  readonly rootHash: string;
  readonly settings: FleetSpec;
  readonly tenants: ReadonlyMap<string, CompiledTenant>;
  readonly domains: ReadonlyMap<string, CompiledTenant>;
  /** Every enabled IdP of the fleet by issuer, to tell a foreign token from a bad one. */
  readonly issuers: ReadonlyMap<string, readonly CompiledIdentityProvider[]>;
}
