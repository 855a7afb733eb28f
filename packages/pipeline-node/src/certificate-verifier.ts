import { hash, type KeyObject, X509Certificate } from "node:crypto";
import type { CertificateVerifier } from "@sallyport/pipeline";

/** Issuers whose keys are kept ready: a fleet's authorities and their usual intermediates. */
const MAX_ISSUERS = 1_000;

/**
 * Signatures of certificates by OpenSSL. What a certificate says is read by the pipeline; that OpenSSL reads it too is one more condition.
 * Keys of issuers are kept, for certificates come from few of them.
 */
export function createCertificateVerifier(): CertificateVerifier {
  const keys = new Map<string, KeyObject>();
  const keyOf = (issuer: string): KeyObject => {
    const known = keys.get(issuer);
    if (known !== undefined) return known;
    const { publicKey } = new X509Certificate(Buffer.from(issuer, "latin1"));
    // Bounded by forgetting all, as those in use come back at once.
    if (keys.size >= MAX_ISSUERS) keys.clear();
    keys.set(issuer, publicKey);
    return publicKey;
  };
  return {
    isSignedBy(certificate, issuer) {
      try {
        return new X509Certificate(Buffer.from(certificate, "latin1")).verify(keyOf(issuer));
      } catch {
        // Bytes that the pipeline's reader takes and OpenSSL does not.
        return false;
      }
    },
    thumbprint: (certificate) => hash("sha256", Buffer.from(certificate, "latin1"), "base64url"),
  };
}
