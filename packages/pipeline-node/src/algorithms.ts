import { constants } from "node:crypto";
import type { SignatureAlgorithm } from "@sallyport/snapshot";

/** How node:crypto verifies an algorithm of RFC 7518 §3.1 and RFC 8037. */
export interface AlgorithmFacts {
  /** Null where the algorithm brings its own. */
  readonly hash: "sha256" | "sha384" | "sha512" | null;
  readonly keyType: "RSA" | "EC" | "OKP";
  /** Bytes of a signature; null where the key's modulus says it (`PreparedKey`). */
  readonly signatureBytes: number | null;
  readonly options: {
    readonly padding?: number;
    /** RFC 7518 §3.5: the salt is as long as the hash. */
    readonly saltLength?: number;
    /** RFC 7518 §3.4: R and S side by side, not DER. */
    readonly dsaEncoding?: "ieee-p1363";
  };
}

const pkcs1 = { padding: constants.RSA_PKCS1_PADDING };
const pss = (saltLength: number) => ({ padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
const p1363 = { dsaEncoding: "ieee-p1363" } as const;

export const ALGORITHMS = {
  RS256: { hash: "sha256", keyType: "RSA", signatureBytes: null, options: pkcs1 },
  RS384: { hash: "sha384", keyType: "RSA", signatureBytes: null, options: pkcs1 },
  RS512: { hash: "sha512", keyType: "RSA", signatureBytes: null, options: pkcs1 },
  PS256: { hash: "sha256", keyType: "RSA", signatureBytes: null, options: pss(32) },
  PS384: { hash: "sha384", keyType: "RSA", signatureBytes: null, options: pss(48) },
  PS512: { hash: "sha512", keyType: "RSA", signatureBytes: null, options: pss(64) },
  ES256: { hash: "sha256", keyType: "EC", signatureBytes: 64, options: p1363 },
  ES384: { hash: "sha384", keyType: "EC", signatureBytes: 96, options: p1363 },
  ES512: { hash: "sha512", keyType: "EC", signatureBytes: 132, options: p1363 },
  EdDSA: { hash: null, keyType: "OKP", signatureBytes: 64, options: {} },
} as const satisfies Record<SignatureAlgorithm, AlgorithmFacts>;

/** RFC 7518 §6.2, RFC 8037 §2: what a curve is for, and how long its coordinates are. */
export const CURVES: Readonly<Record<string, { readonly algorithm: SignatureAlgorithm; readonly keyType: "EC" | "OKP"; readonly bytes: number }>> = {
  "P-256": { algorithm: "ES256", keyType: "EC", bytes: 32 },
  "P-384": { algorithm: "ES384", keyType: "EC", bytes: 48 },
  "P-521": { algorithm: "ES512", keyType: "EC", bytes: 66 },
  Ed25519: { algorithm: "EdDSA", keyType: "OKP", bytes: 32 },
};

export const RSA_ALGORITHMS: readonly SignatureAlgorithm[] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
