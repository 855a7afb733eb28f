import { createPrivateKey } from "node:crypto";
import type { SecretSpec } from "@sallyport/snapshot";

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

/** What is wrong with a value for a secret of this type; never a part of the value itself. */
export function valueIssue(type: SecretSpec["type"], value: string): string | null {
  switch (type) {
    case "client_secret":
      if (!VSCHARS.test(value)) return "has characters that a client secret cannot have; give printable ASCII on one line, as the provider shows it";
      return value.length > MAX_CLIENT_SECRET ? `is too long; a client secret has at most ${MAX_CLIENT_SECRET} characters` : null;
    case "private_key":
      return isPrivateKey(value) ? null : "is not a private key; give PEM in PKCS #8 form (BEGIN PRIVATE KEY), without a passphrase";
    default:
      return type satisfies never;
  }
}
