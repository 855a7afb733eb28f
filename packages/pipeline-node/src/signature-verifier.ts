import { type KeyObject, type VerifyKeyObjectInput, verify } from "node:crypto";
import type { SignatureVerifier, VerificationKey } from "@sallyport/pipeline";
import type { SignatureAlgorithm } from "@sallyport/snapshot";
import { ALGORITHMS, type AlgorithmFacts } from "./algorithms.js";

/** A key with its verification inputs prepared, one for each algorithm that it may verify. */
export class PreparedKey {
  readonly #inputs = new Map<SignatureAlgorithm, VerifyKeyObjectInput>();

  constructor(key: KeyObject, algorithms: readonly SignatureAlgorithm[]) {
    for (const algorithm of algorithms) this.#inputs.set(algorithm, { key, ...ALGORITHMS[algorithm].options });
  }

  inputFor(algorithm: SignatureAlgorithm): VerifyKeyObjectInput | undefined {
    return this.#inputs.get(algorithm);
  }
}

/** Synchronous one-shot verification: RS256 in half the time of WebCrypto, and no tick lost. */
export function createSignatureVerifier(): SignatureVerifier {
  return { verify: verifySignature };
}

function verifySignature(algorithm: SignatureAlgorithm, key: VerificationKey, signingInput: string, signature: string): boolean {
  if (!(key.handle instanceof PreparedKey)) throw new TypeError("the key was not imported by importKeySet");
  const input = key.handle.inputFor(algorithm);
  if (input === undefined) return false;
  const { hash, signatureBytes }: AlgorithmFacts = ALGORITHMS[algorithm];
  const bytes = Buffer.from(signature, "base64url");
  if (signatureBytes !== null && bytes.length !== signatureBytes) return false;
  return verify(hash, Buffer.from(signingInput, "latin1"), input, bytes);
}
