import type {
  InternalTokenSigner,
  KeySource,
  Lockouts,
  Ports,
  ProofUses,
  RateLimiter,
  SessionSource,
  TokenIntrospector,
  VerifiedTokenCache,
} from "@sallyport/pipeline";
import { createCertificateVerifier } from "./certificate-verifier.js";
import { createTokenDigest, digest, sha256Hex } from "./digests.js";
import { decodeBase64Url, decodeUtf8 } from "./encodings.js";
import { createProofKeys } from "./proof-keys.js";
import { createSignatureVerifier } from "./signature-verifier.js";
import { systemClock } from "./system-clock.js";
import { createVerifiedTokenCache } from "./verified-token-cache.js";

/** Tokens that a node remembers unless told otherwise. */
export const DEFAULT_MAX_TOKENS = 100_000;

export interface NodePortsOptions {
  readonly keys: KeySource;
  readonly limits: RateLimiter;
  /** Left out where nobody can be asked: then every token that needs it is one of an IdP that is away. */
  readonly introspection?: TokenIntrospector;
  /** Left out where there is no state store: then no session can be looked up, and each is refused. */
  readonly sessions?: SessionSource;
  /** Left out where nobody notes which proofs were used: then no token that is bound to a key counts. */
  readonly proofs?: ProofUses;
  /** Left out where nothing can be signed: then a route that mints tokens refuses. */
  readonly internalTokens?: InternalTokenSigner;
  /** Left out where nothing is counted: then nobody is locked out. */
  readonly lockouts?: Lockouts;
  readonly clock?: Ports["clock"];
  readonly tokens?: VerifiedTokenCache;
  readonly apiKeyUsed?: Ports["apiKeyUsed"];
  readonly limitPressed?: Ports["limitPressed"];
}

const NOBODY_TO_ASK: TokenIntrospector = {
  introspect: () => ({ state: "unavailable", reason: "tokens are not introspected here", away: false, last: null }),
};

const NO_STORE: SessionSource = {
  find: () => Promise.resolve({ state: "unavailable", reason: "there is no state store here" }),
  used: () => undefined,
};

const NO_NOTES: ProofUses = { use: () => ({ state: "unavailable", reason: "uses of proofs are not noted here" }) };

const NO_KEY: InternalTokenSigner = { sign: () => null };

/** The pipeline's ports on Node; where keys and limits come from is the caller's. */
export function createNodePorts(options: NodePortsOptions): Ports {
  const { keys, limits, lockouts, introspection, sessions, proofs, internalTokens, clock, tokens, apiKeyUsed, limitPressed } = options;
  return {
    introspection: introspection ?? NOBODY_TO_ASK,
    internalTokens: internalTokens ?? NO_KEY,
    sessions: sessions ?? NO_STORE,
    proofs: proofs ?? NO_NOTES,
    clock: clock ?? systemClock,
    keys,
    limits,
    signatures: createSignatureVerifier(),
    certificates: createCertificateVerifier(),
    proofKeys: createProofKeys(),
    tokens: tokens ?? createVerifiedTokenCache({ max: DEFAULT_MAX_TOKENS }),
    digest,
    tokenDigest: createTokenDigest(),
    ...(apiKeyUsed && { apiKeyUsed }),
    ...(limitPressed && { limitPressed }),
    ...(lockouts && { lockouts }),
    sha256Hex,
    decodeBase64Url,
    decodeUtf8,
  };
}
