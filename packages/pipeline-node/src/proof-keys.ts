import { hash } from "node:crypto";
import type { ProofKeys } from "@sallyport/pipeline";
import { importKey } from "./import-key.js";

/** Keys of proofs of possession (RFC 9449 §4.2): what is good for an identity provider's key is good for a client's. */
export function createProofKeys(): ProofKeys {
  return {
    read(jwk) {
      const imported = importKey(jwk);
      if ("reason" in imported) return { unusable: imported.reason };
      return { key: imported.key, thumbprint: hash("sha256", imported.material, "base64url") };
    },
    hashToken: (token) => hash("sha256", token, "base64url"),
  };
}
