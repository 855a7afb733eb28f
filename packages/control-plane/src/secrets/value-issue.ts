import { createPrivateKey, X509Certificate } from "node:crypto";
import { certificatesIn, privateKeyIn, type SecretSpec } from "@sallyport/snapshot";

/** RFC 6749 appendix A.2: `*VSCHAR`. */
const VSCHARS = /^[\x20-\x7E]+$/;
const MAX_CLIENT_SECRET = 1_024;

function isPrivateKey(pem: string): boolean {
  try {
    return pem.includes("-----BEGIN PRIVATE KEY-----") && createPrivateKey({ key: pem, format: "pem" }).type === "private";
  } catch {
    return false;
  }
}

/** The first certificate is the one that the key belongs to; the others vouch for it. */
function certificateIssue(text: string): string | null {
  const key = privateKeyIn(text);
  const certificates = certificatesIn(text);
  if (key === null || certificates.length === 0)
    return "needs a certificate and its private key; give both in PEM form (BEGIN CERTIFICATE, and BEGIN PRIVATE KEY without a passphrase)";
  try {
    const [own] = certificates.map((pem) => new X509Certificate(pem));
    return own?.checkPrivateKey(createPrivateKey(key)) ? null : "has a private key that does not belong to its first certificate";
  } catch {
    return "has a certificate or a private key that cannot be read";
  }
}

/** What is wrong with a value for a secret of this type; never a part of the value itself. */
export function valueIssue(type: SecretSpec["type"], value: string): string | null {
  switch (type) {
    case "client_secret":
      if (!VSCHARS.test(value)) return "has characters that a client secret cannot have; give printable ASCII on one line, as the provider shows it";
      return value.length > MAX_CLIENT_SECRET ? `is too long; a client secret has at most ${MAX_CLIENT_SECRET} characters` : null;
    case "private_key":
      return isPrivateKey(value) ? null : "is not a private key; give PEM in PKCS #8 form (BEGIN PRIVATE KEY), without a passphrase";
    case "client_certificate":
      return certificateIssue(value);
    default:
      return type satisfies never;
  }
}
