import type {
  ApiKeyEntry,
  AuthenticatorKind,
  CERTIFICATE_HEADER_FORMATS,
  ClientCertificatesSpec,
  FleetSpec,
  IdentityProviderSpec,
  INTROSPECTION_FALLBACKS,
  PassiveHealth,
  PropagationPolicySpec,
  RateLimitAction,
  RateLimitFields,
  RateLimitPolicySpec,
  RouteSpec,
  SignatureAlgorithm,
  TenantSource,
  UpstreamSpec,
} from "@sallyport/snapshot";
import type { HeaderClassifier } from "./admit/header-classes.js";
import type { ClaimPath } from "./claim-path.js";
import type { CompiledCors } from "./cors/compiled-cors.js";
import type { CompiledDpop, DpopOffer } from "./dpop/settings.js";
import type { HostSlot } from "./host-slot.js";
import type { IdentityField } from "./identity-fields.js";
import type { AddressRange } from "./ip-address.js";
import type { Lookup } from "./lookup.js";
import type { CompiledRevocations } from "./revocations.js";
import type { VerifiedCredential } from "./verified-credential.js";
import type { Certificate } from "./x509/certificate.js";

/** An IdP, ready for the hot path. Its slot is for whoever keeps its keys. */
export interface CompiledIdentityProvider extends HostSlot {
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
  /** What is asked of proofs that its tokens' keys are held. */
  readonly dpop: CompiledDpop;
  /** How long keys may be used after their last good fetch, ms; the largest that a route of the tenant allows. */
  readonly staleKeysMaxAgeMs: number;
  /** How old an answer about a token may be that serves while the endpoint is away, ms; the largest that a route of the tenant allows, 0 where none does. */
  readonly cachedAnswersMaxAgeMs: number;
  /** Changes with every applied revision that touches this tenant: a verification of an older epoch is worth nothing. */
  readonly epoch: number;
  /** Of the tenant; null where nothing is revoked. */
  readonly revocations: CompiledRevocations | null;
  /** `typ` values that are accepted, in lower case, without `application/`. */
  readonly tokenTypes: ReadonlySet<string>;
  /** The claim that must name this tenant, and the value that does. */
  readonly tenantClaim: { readonly path: ClaimPath; readonly value: string } | null;
  /** Without a tenant claim of its own: the fleet's usual one, which must match when it is there (BEHAVIOUR §4). */
  readonly usualTenantClaim: ClaimPath;
  /** Top-level claims that a propagation policy of the tenant hands on: of the others, a verified token keeps nothing. */
  readonly propagatedClaims: readonly string[];
  readonly requiredClaims: readonly { readonly path: ClaimPath; readonly oneOf: ReadonlySet<string> | null }[];
  readonly mapping: {
    readonly email: ClaimPath | null;
    readonly roles: ClaimPath | null;
    readonly scopes: ClaimPath | null;
    /** Read when `scopes` finds nothing: `scp`, where the mapping is the default one. */
    readonly scopesFallback: ClaimPath | null;
    readonly organization: ClaimPath | null;
    readonly sessionId: ClaimPath | null;
  };
}

/** A propagation policy, compiled once per tenant and shared by the routes that name it. */
export interface CompiledPropagation {
  readonly spec: PropagationPolicySpec;
  /** `pass_through`: the credential that was consumed goes on to the upstream. */
  readonly forwardsCredential: boolean;
  /** `internal_token`: minted anew for each request, in `Authorization`. */
  readonly internalToken: { readonly audience: string; readonly lifetimeSeconds: number } | null;
  /** The closed list of headers that are set for a principal. */
  readonly fields: readonly IdentityField[];
  /** Names and values in turn for a request without a principal: the tenant's own facts. */
  readonly anonymousHeaders: readonly string[];
  /** Names that this policy sets and that are not reserved anyway, normalised: a client's copies are removed. Null where there are none. */
  readonly ownNames: ReadonlySet<string> | null;
}

/** One place that serves an upstream's requests. */
export interface CompiledTarget {
  /** As it was declared. */
  readonly url: string;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly weight: number;
}

/** Where requests go. Which of the targets gets one is the node's to choose: nothing here depends on it. Its slot is for whoever keeps its connections. */
export interface CompiledUpstream extends HostSlot {
  /** Slug of the tenant that it belongs to. */
  readonly tenant: string;
  readonly name: string;
  /** `<tenant>/<name>`. */
  readonly id: string;
  readonly spec: UpstreamSpec;
  /** At least one; all have the same scheme and base path. */
  readonly targets: readonly CompiledTarget[];
  /** Without a slash at the end; may be empty. */
  readonly basePath: string;
  readonly responseTimeoutMs: number;
  readonly passiveHealth: PassiveHealth;
}

/**
 * A route with all that a request asks of it: what is only true for some is decided when it is compiled, and `spec` is for those who explain.
 * Its slot is for whoever counts its requests.
 */
export interface CompiledRoute extends HostSlot {
  readonly name: string;
  readonly spec: RouteSpec;
  readonly mode: RouteSpec["authentication"]["mode"];
  /** Once it is decided, nothing more is asked: no body is read, and no limit lets a request wait. */
  readonly passesAtOnce: boolean;
  /** A login that the upstream does itself. */
  readonly upstreamLogin: NonNullable<RouteSpec["upstreamLogin"]> | null;
  readonly websocket: boolean;
  readonly stripPrefix: boolean;
  readonly maxRequestBodyBytes: number;
  /** `pathPrefix` without a slash at the end; empty matches everything. */
  readonly prefix: string;
  /** Null takes every method. */
  readonly methods: ReadonlySet<string> | null;
  readonly upstream: CompiledUpstream;
  readonly compiledPropagation: CompiledPropagation;
  /** `ownNames` of the propagation. */
  readonly ownNames: CompiledPropagation["ownNames"];
  /** By issuer; several IdPs can share one. */
  readonly identityProviders: Lookup<readonly CompiledIdentityProvider[]>;
  /** The same IdPs as a list: those whose verified tokens may be used here. */
  readonly candidates: readonly CompiledIdentityProvider[];
  /** The one IdP of the route that is asked about tokens; null where none is. */
  readonly introspecting: CompiledIdentityProvider | null;
  readonly introspectionFallback: { readonly behaviour: (typeof INTROSPECTION_FALLBACKS)[number]; readonly cachedAnswerMaxAgeMs: number };
  /** Challenges name DPoP with this; null where no IdP of the route has it among its settings. */
  readonly dpop: DpopOffer | null;
  /** While the state store is away, proofs are known by what this node has seen; else their requests are refused. */
  readonly proofsPerNode: boolean;
  /** The IdP that browsers without a session are sent to; null where the route sends nobody. */
  readonly login: CompiledIdentityProvider | null;
  readonly requiredScopes: readonly string[];
  /** Credential kinds in the order in which they are asked; empty on public and denying routes. */
  readonly authenticators: readonly AuthenticatorKind[];
  /** Every one of them must hold, not only the first that is presented. */
  readonly needsAll: boolean;
  /** Tokens end here, and their proofs: they are asked for, and the policy does not pass them through. */
  readonly consumesToken: boolean;
  /** The client's `Authorization` goes on: nobody consumes it here, and the gateway writes none of its own. */
  readonly forwardsAuthorization: boolean;
  /** API keys end here. */
  readonly consumesApiKey: boolean;
  /** The session's cookie goes on: it is asked for, and the policy passes it through. */
  readonly forwardsSession: boolean;
  /** Whether the client's field for API keys goes on: nobody consumes it here, and the policy writes no field of its name. */
  readonly forwardsApiKey: boolean;
  /** In the order in which they are looked at. */
  readonly limits: readonly CompiledLimit[];
  /** Those that count by username: looked at when the body was read, after all others. */
  readonly bodyLimits: readonly CompiledLimit[];
  /** The body's field that says whom a request is about; null where nobody asks. */
  readonly usernameField: string | null;
  /** Null: nobody answers for other origins. */
  readonly cors: CompiledCors | null;
}

/** An API key of one tenant, by what it hashes to. */
export interface CompiledApiKey {
  readonly tenant: string;
  readonly name: string;
  readonly entry: ApiKeyEntry;
  /** Whether it is the one that the entry's present key has replaced. */
  readonly isPrevious: boolean;
  /** ms since the epoch; infinite for a key without an end. */
  readonly goodUntilMs: number;
  /** What it says of its caller, the same for each request. */
  readonly credential: VerifiedCredential;
}

/** An authority whose client certificates one tenant takes. */
export interface CompiledAuthority {
  readonly tenant: string;
  readonly certificate: Certificate;
  /** What the tenant asks of the certificates, and says of their callers. */
  readonly trust: ClientCertificatesSpec;
}

export interface CompiledLimit extends HostSlot {
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly burst: number;
  readonly scope: RateLimitPolicySpec["scope"];
  readonly action: RateLimitAction;
  /** It is the fleet's, and not the tenant's own. */
  readonly ofFleet: boolean;
  /** Every request is counted in the one bucket that `bucketPrefix` names, and the slot is for whoever keeps it. */
  readonly hasOneBucket: boolean;
  /** First part of every bucket of this policy; the whole bucket when nothing of the request is counted by. */
  readonly bucketPrefix: string;
  readonly byClientIp: boolean;
  readonly byIdentityProvider: boolean;
  readonly bySubject: boolean;
  readonly byApiKey: boolean;
  readonly byUsername: boolean;
  /** Whose requests are not counted; null where everybody's are. */
  readonly exempt: CompiledExemptions | null;
}

export interface CompiledExemptions {
  readonly addresses: readonly AddressRange[];
  /** Names of the tenant's API keys. */
  readonly apiKeys: ReadonlySet<string>;
}

/** So many failures within the window lock out for so long. */
export interface CompiledLockoutRule {
  readonly failures: number;
  readonly windowMs: number;
  readonly lockoutMs: number;
}

/** A lockout policy that counts. */
export interface CompiledLockout {
  /** False: it only observes. */
  readonly refuses: boolean;
  /** For all that an address tries. */
  readonly address: CompiledLockoutRule;
  /** For one username that it tries. */
  readonly username: CompiledLockoutRule;
  readonly exempt: readonly AddressRange[];
}

export interface CompiledTenant {
  readonly slug: string;
  readonly plan: string;
  /** By its declared status, or without a publish. */
  readonly suspended: boolean;
  /** Sorted for matching: longest prefix first, then those with methods. */
  readonly routes: readonly CompiledRoute[];
  /** Their prefixes, one for each route. Tenants with the same ones share the list: a request looks at no route but its own. */
  readonly prefixes: readonly string[];
  readonly epoch: number;
  readonly upstreams: Lookup<CompiledUpstream>;
  /** Enabled IdPs by name. */
  readonly identityProviders: Lookup<CompiledIdentityProvider>;
  /** By SHA-256, hex. */
  readonly apiKeys: ReadonlyMap<string, CompiledApiKey>;
  /** Those that were taken back, by SHA-256, hex: the name of each, and until when it is worth telling, ms since the epoch. */
  readonly revokedApiKeys: ReadonlyMap<string, { readonly name: string; readonly untilMs: number }>;
  readonly authorities: readonly CompiledAuthority[];
  readonly domains: readonly string[];
  /** The tenant's own policy or the fleet's; null where nothing is counted. */
  readonly lockout: CompiledLockout | null;
  /** What a 429 says of the limit that refused. */
  readonly rateLimitFields: RateLimitFields;
  /** What it was compiled from: a section's hash, or the section itself. Equal means that it need not be compiled again. */
  readonly source: unknown;
}

/** The fleet's settings, ready for the first stages. */
export interface CompiledEdge {
  readonly resolution: readonly TenantSource[];
  /** Each with a dot in front, longest first. */
  readonly baseDomainSuffixes: readonly string[];
  /** With a slash at the end: `/tenants/`. */
  readonly tenantPathPrefix: string;
  readonly stripTenantPath: boolean;
  readonly trustedProxies: readonly AddressRange[];
  readonly headers: HeaderClassifier;
  /** In which form trusted proxies hand a client's certificate on; null where they do not. */
  readonly certificateHeaderFormat: (typeof CERTIFICATE_HEADER_FORMATS)[number] | null;
  /** Query parameter that may carry an API key, or null. */
  readonly apiKeyParameter: string | null;
  readonly sessions: { readonly idleMs: number; readonly absoluteMs: number; readonly extendEveryMs: number };
  /** `iss` of tokens for upstreams. */
  readonly internalIssuer: string;
  readonly maxTokenBytes: number;
  readonly maxHeaderCount: number;
  readonly maxTargetBytes: number;
}

/** A snapshot, compiled: what one pointer of the gateway points at. Immutable. */
export interface CompiledSnapshot {
  readonly revision: number;
  readonly rootHash: string;
  readonly settings: FleetSpec;
  readonly edge: CompiledEdge;
  readonly tenants: ReadonlyMap<string, CompiledTenant>;
  readonly domains: ReadonlyMap<string, CompiledTenant>;
  /** Every enabled IdP of the fleet by issuer, to tell a foreign token from a bad one. */
  readonly issuers: ReadonlyMap<string, readonly CompiledIdentityProvider[]>;
  /** The same by what a token must carry, see `acceptanceKey`. */
  readonly acceptances: ReadonlyMap<string, readonly CompiledIdentityProvider[]>;
  /** By issuer and the value of the claim that names the tenant, see `namingKey`; empty unless tokens may name tenants. */
  readonly namedByToken: ReadonlyMap<string, readonly CompiledIdentityProvider[]>;
  /** Those that are asked at an address which their settings name, by that address. */
  readonly endpoints: ReadonlyMap<string, readonly CompiledIdentityProvider[]>;
  /** Every API key of the fleet by SHA-256, to tell a key of another tenant from a made-up one. */
  readonly apiKeys: ReadonlyMap<string, CompiledApiKey>;
  /** Every authority of the fleet by its name (DER): whose certificate it is, is asked of all of them. */
  readonly authorities: ReadonlyMap<string, readonly CompiledAuthority[]>;
  /** The same by their keys. */
  readonly authorityKeys: ReadonlyMap<string, readonly CompiledAuthority[]>;
  /** Counts compilations along the chain of `previous`; the newest epoch that a tenant can have. */
  readonly epoch: number;
  /** What the fleet's part was compiled from; see `CompiledTenant.source`. */
  readonly source: unknown;
  /** Tenants that it has otherwise than the snapshot on top of which it was compiled; null: any may be another one. */
  readonly changes: CompiledChanges | null;
}

/** What a revision does: tenants that it brings, and those that they replace or that are gone. */
export interface CompiledChanges {
  readonly brought: readonly CompiledTenant[];
  readonly gone: readonly CompiledTenant[];
}

/** Under which the ID tokens of a login are indexed: their audience is the client, and is none that an access token can have. */
export const loginAcceptanceKey = (issuer: string, clientId: string): string => `${issuer}\nlogin\n${clientId}`;

/** Under which (issuer, audience) pairs are indexed. An issuer holds no line feed. */
export const acceptanceKey = (issuer: string, audience: string): string => `${issuer}\n${audience}`;

/** Under which a tenant is found by what a token says. An issuer holds no line feed. */
export const namingKey = (issuer: string, value: string): string => `${issuer}\n${value}`;

/** The claim by which a token of this IdP names its tenant: its own tenant claim, else the fleet's usual one with the slug. */
export const namingClaimOf = ({
  tenant,
  tenantClaim,
  usualTenantClaim,
}: CompiledIdentityProvider): { readonly path: ClaimPath; readonly value: string } => tenantClaim ?? { path: usualTenantClaim, value: tenant };
