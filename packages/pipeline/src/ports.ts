import type { SignatureAlgorithm } from "@sallyport/snapshot";
import type { LimitKey } from "@sallyport/snapshot/protocol";
import type { CompiledApiKey, CompiledIdentityProvider, CompiledLimit } from "./compiled.js";
import type { HostSlot } from "./host-slot.js";

/** A public key that is ready to verify. `handle` is the adapter's own (a KeyObject on Node). */
export interface VerificationKey {
  readonly kid: string | null;
  /** Algorithms that this key may verify: from its type, size, curve and its own `alg`, `use`, `key_ops` (SECURITY §1.2). */
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly handle: unknown;
}

/** The keys of one IdP that are good to use now. Immutable: a refresh makes a new one. */
export interface KeySet {
  readonly keys: readonly VerificationKey[];
  /** Rises with each set that differs; part of what makes a cached verification stale. */
  readonly generation: number;
}

/** Why there is no key set: the IdP's keys were never had, or are past the stale cap. */
export interface KeysUnavailable {
  readonly unavailable: string;
}

/** Keys by (tenant, IdP), never by `kid` alone. Implemented by idp-client over its JWKS cache. */
export interface KeySource {
  /** The set in memory that may be used at this moment, or null when a `load` is needed. Never blocks. Starts a background refresh when one is due. */
  current(idp: CompiledIdentityProvider): KeySet | null;
  /** First use: fetch, coalesced with everybody who waits. */
  load(idp: CompiledIdentityProvider): Promise<KeySet | KeysUnavailable>;
  /**
   * An unknown `kid` was seen: one refresh (coalesced, at most one per cool-down, 30 s, doubling while it fails).
   * Null while the cool-down lasts: the caller then refuses with what it has.
   */
  refreshForUnknownKid(idp: CompiledIdentityProvider): Promise<KeySet | KeysUnavailable> | null;
  /**
   * A token was refused because its `kid` stayed unknown, after a refresh or because the cool-down allows none. Many different ones within
   * one cool-down are a flood (`unknown_key_flood`), which the implementation reports: once for each cool-down, never for each request.
   * @param token the compact form, unverified
   */
  refusedUnknownKid(idp: CompiledIdentityProvider, token: string): void;
}

/** What an IdP says of a token (RFC 7662 §2.2), shape and member types checked. */
export interface ActiveToken {
  /** The members of the answer. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Wall clock at which the IdP was asked, ms since the epoch. */
  readonly askedAtMs: number;
  /** Where the pipeline remembers what it made of this answer; the adapter only keeps it with the answer. */
  verified: unknown;
}

export type Introspected =
  | { readonly state: "active"; readonly token: ActiveToken }
  | { readonly state: "inactive" }
  /**
   * No answer, or one that cannot be read: nothing is known now. `last` is what was known before, however old. `away`: the endpoint cannot
   * be reached or is failing, as opposed to one that refuses, answers nonsense, or was not asked.
   */
  | { readonly state: "unavailable"; readonly reason: string; readonly away: boolean; readonly last: ActiveToken | null };

/** Token introspection, answers cached by (IdP, its epoch, digest of the token). Implemented by idp-client. */
export interface TokenIntrospector {
  /** The answer in the cache at once, else a promise; calls about one token are coalesced. Never throws or rejects. @param digest of the whole token */
  introspect(idp: CompiledIdentityProvider, digest: string, token: string): Introspected | Promise<Introspected>;
}

/** What the state store knows of a session. Ages are differences on the store's own clock. */
export interface FoundSession {
  readonly tenant: string;
  readonly identityProvider: string;
  /** Of the IdP at the login. */
  readonly issuer: string;
  readonly subject: string;
  /** Of the ID token that began it. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** That the IdP granted at the login. */
  readonly scopes: readonly string[];
  readonly ageMs: number;
  readonly sinceExtendedMs: number;
  /** Until it expires, unless it is extended. */
  readonly remainingMs: number;
}

export type SessionLookup =
  | { readonly state: "live"; readonly session: FoundSession }
  | { readonly state: "expired" }
  | { readonly state: "unknown" }
  | { readonly state: "unavailable"; readonly reason: string };

/** Sessions of the fleet, in the shared store. Nothing is remembered at the node: a session that was ended is refused at the next request. */
export interface SessionSource {
  /** Never rejects, and answers in bounded time. @param digest SHA-256 of the session's id, hex */
  find(tenant: string, digest: string): Promise<SessionLookup>;
  /** A session was used and let its request pass: its expiry is moved, in the background, at most once in `everyMs`. */
  used(tenant: string, digest: string, life: { readonly idleMs: number; readonly everyMs: number }): void;
}

/** Signs tokens for upstreams with the key of the node's group. */
export interface InternalTokenSigner {
  /** A compact JWS over these claims (RFC 7519); null while there is no key that may sign. Synchronous. */
  sign(claims: Readonly<Record<string, unknown>>): string | null;
}

/** Synchronous signature check; a throw counts as a fault, false as a bad signature. */
export interface SignatureVerifier {
  /**
   * @param signingInput ASCII bytes `header.payload` (latin1 string)
   * @param signature base64url, already known to be canonical
   */
  verify(algorithm: SignatureAlgorithm, key: VerificationKey, signingInput: string, signature: string): boolean;
}

/** The key in a proof's header (RFC 9449 §4.2), held to the same rules as an IdP's. */
export interface ProofKey {
  readonly key: VerificationKey;
  /** RFC 7638, SHA-256 in base64url: `jkt`. */
  readonly thumbprint: string;
}

/** Keys and hashes of proofs of possession. Synchronous. */
export interface ProofKeys {
  /** @param jwk whatever stands in the header; a public key of a kind and size that tokens may have as well, or why not. Never throws */
  read(jwk: unknown): ProofKey | { readonly unusable: string };
  /** SHA-256 of an access token in base64url: `ath` (RFC 9449 §4.2). @param token ASCII */
  hashToken(token: string): string;
}

export type ProofUse =
  | { readonly state: "first" }
  | { readonly state: "again" }
  /** Nobody can say: the store is away, or what this node has seen does not fit into its memory. */
  | { readonly state: "unavailable"; readonly reason: string };

/** Which proofs were used, at any node (RFC 9449 §11.1). */
export interface ProofUses {
  /**
   * Notes a use, and says whether it was the first. Of any number of callers with one id, one is told so, until `goodUntilMs` and some time
   * beyond. Never rejects, and answers in bounded time.
   * @param id of the proof, 43 characters; says whose it is as well
   * @param use `goodUntilMs`: when the proof is refused for its age, ms since the epoch. `perNode`: while the store is away, this node alone may say
   */
  use(tenant: string, id: string, use: { readonly goodUntilMs: number; readonly perNode: boolean }): ProofUse | Promise<ProofUse>;
}

/** Signatures and digests of certificates; DER as latin1 strings. */
export interface CertificateVerifier {
  /** Whether the issuer's key signed the certificate. Synchronous; a throw counts as a fault, false as a bad signature. */
  isSignedBy(certificate: string, issuer: string): boolean;
  /** SHA-256 of the certificate in base64url: `x5t#S256` (RFC 8705 §3.1). */
  thumbprint(certificate: string): string;
}

/**
 * Verified credentials, each under whose it is and what it hashes to; failures stay out. The value is opaque to the adapter.
 * Under `owner`, which begins with the tenant, nobody is given what was kept under another.
 */
export interface VerifiedTokenCache<V = unknown> {
  /** @param owner `<tenant>/<IdP>` */
  get(owner: string, digest: string): V | undefined;
  set(owner: string, digest: string, value: V): void;
}

export interface RateLimitVerdict {
  readonly allowed: boolean;
  /** Whole requests left in the burst. */
  readonly remaining: number;
  /** Seconds until one more request would pass; 0 when allowed. */
  readonly retryAfterSeconds: number;
}

/** GCRA buckets, local to the node or shared. Synchronous for ordinary traffic (PERFORMANCE, P13). */
export interface RateLimiter {
  /**
   * @param key bucket, begins with the policy's scope and name
   * @param slot room for the bucket, where this limit has only this one
   */
  take(
    key: string,
    limit: { readonly limit: number; readonly windowSeconds: number; readonly burst: number; readonly scope?: "node" | undefined },
    slot?: HostSlot,
  ): RateLimitVerdict;
}

/** A request that came close to a limit, or went over it. */
export interface LimitPressed {
  readonly limit: CompiledLimit;
  /** As `RateLimiter` knows it. */
  readonly bucket: string;
  readonly exceeded: boolean;
  /** The bucket, for people. To be asked at once or not at all. */
  readonly keyOf: () => LimitKey;
}

/** Which addresses are locked out of which tenants (BEHAVIOUR §5), at any node. Synchronous: nobody is asked while a request waits. */
export interface Lockouts {
  /** False while nobody is: then nothing need be looked up. */
  readonly any: boolean;
  /** Until the address may try again, ms; 0 when it may now. @param address as `addressBucket` gives it @param username null: whatever it tries */
  remainingMs(tenant: string, address: string, username: string | null): number;
}

/** Everything outside that the pipeline needs. All of it is bounded by the adapters. */
export interface Ports {
  readonly clock: { /** Wall clock, ms since the epoch. */ now(): number };
  readonly keys: KeySource;
  readonly signatures: SignatureVerifier;
  readonly certificates: CertificateVerifier;
  readonly proofKeys: ProofKeys;
  readonly proofs: ProofUses;
  readonly introspection: TokenIntrospector;
  readonly internalTokens: InternalTokenSigner;
  readonly tokens: VerifiedTokenCache;
  readonly sessions: SessionSource;
  readonly limits: RateLimiter;
  /** Never waits, never throws; nobody need listen. */
  readonly limitPressed?: (pressed: LimitPressed) => void;
  /** Left out where nothing is counted: then nobody is locked out. */
  readonly lockouts?: Lockouts;
  /** An API key was presented at its own tenant and held, whatever becomes of the request. Never waits, never throws; nobody need listen. */
  readonly apiKeyUsed?: (key: CompiledApiKey) => void;
  /** SHA-256 over latin1 text as a compact string of the adapter's choice (cache keys); one-shot and synchronous. */
  digest(text: string): string;
  /** The same of a token that keys here can verify. The adapter may remember such tokens, and never those that an IdP is asked about (BEHAVIOUR 3b). */
  tokenDigest(token: string): string;
  /** SHA-256 over UTF-8 text in lower-case hex: the form in which API keys are stored. */
  sha256Hex(text: string): string;
  /** base64url → bytes as latin1 string; input already known to be canonical. */
  decodeBase64Url(text: string): string;
  /** UTF-8 bytes (latin1 string) → text; null when they are not well-formed UTF-8. */
  decodeUtf8(bytes: string): string | null;
}
