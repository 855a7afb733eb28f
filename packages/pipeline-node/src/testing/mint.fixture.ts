import { generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import type { SignatureAlgorithm } from "@sallyport/snapshot";
import { ALGORITHMS, type AlgorithmFacts } from "../algorithms.js";

const CURVE_OF: Partial<Record<SignatureAlgorithm, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

export type Jwk = Record<string, unknown>;

/** A key pair that signs whatever it is given: good tokens and evil ones. */
export interface Mint {
  readonly algorithm: SignatureAlgorithm;
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: Jwk;
  /** Compact JWS with `alg`, `kid` and `typ: JWT` unless the header says otherwise; a member that is undefined is left out. */
  token(claims: Record<string, unknown>, header?: Record<string, unknown>): string;
  /** The same over texts that need not be JSON. */
  tokenOf(header: string, payload: string): string;
  signatureOf(signingInput: string): string;
}

export const base64Url = (text: string | Uint8Array): string => Buffer.from(text as string).toString("base64url");

function generate(algorithm: SignatureAlgorithm, bits: number): { privateKey: KeyObject; publicKey: KeyObject } {
  const curve = CURVE_OF[algorithm];
  if (curve !== undefined) return generateKeyPairSync("ec", { namedCurve: curve });
  return algorithm === "EdDSA" ? generateKeyPairSync("ed25519") : generateKeyPairSync("rsa", { modulusLength: bits });
}

const verifiers: ((signingInput: string, signature: string) => boolean)[] = [];

/** Whether some key of these tests has signed the token: what is refused all the same is refused for more than its signature. */
export function isSigned(token: string): boolean {
  const dot = token.lastIndexOf(".");
  return dot > 0 && verifiers.some((verifies) => verifies(token.slice(0, dot), token.slice(dot + 1)));
}

export function createMint(algorithm: SignatureAlgorithm, kid: string, bits = 2048): Mint {
  const { privateKey, publicKey } = generate(algorithm, bits);
  const { hash, options }: AlgorithmFacts = ALGORITHMS[algorithm];
  const signatureOf = (input: string) => sign(hash, Buffer.from(input, "latin1"), { key: privateKey, ...options }).toString("base64url");
  verifiers.push((input, signature) =>
    verify(hash, Buffer.from(input, "latin1"), { key: publicKey, ...options }, Buffer.from(signature, "base64url")),
  );
  const tokenOf = (header: string, payload: string) => {
    const input = `${base64Url(header)}.${base64Url(payload)}`;
    return `${input}.${signatureOf(input)}`;
  };
  return {
    algorithm,
    kid,
    privateKey,
    publicKey,
    jwk: { ...publicKey.export({ format: "jwk" }), kid, alg: algorithm, use: "sig" },
    token: (claims, header = {}) => tokenOf(JSON.stringify({ alg: algorithm, kid, typ: "JWT", ...header }), JSON.stringify(claims)),
    tokenOf,
    signatureOf,
  };
}
