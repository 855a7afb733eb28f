export { createDigest, sha256Hex } from "./digests.js";
export { decodeBase64Url, decodeUtf8 } from "./encodings.js";
export { type ImportedKeySet, importKeySet, type SkippedKey } from "./import-key-set.js";
export { createInternalTokenSigner, type InternalTokenSignerOptions } from "./internal-token-signer.js";
export { createNodePorts, DEFAULT_MAX_TOKENS, type NodePortsOptions } from "./node-ports.js";
export { contentKeyId, openSecret, type SealedSecretPlace, sealSecret } from "./sealed-secret.js";
export { createSignatureVerifier } from "./signature-verifier.js";
export { systemClock } from "./system-clock.js";
export { createVerifiedTokenCache } from "./verified-token-cache.js";
