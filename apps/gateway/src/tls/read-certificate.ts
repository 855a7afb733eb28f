import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";

/** What the listener speaks, whatever the certificate: TLS 1.3, and of TLS 1.2 what HTTP/2 allows (RFC 9113 §9.2.2). */
export const PROTOCOL = {
  minVersion: "TLSv1.2",
  ciphers: [
    ...["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"],
    ...["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],
    ...["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"],
    ...["ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"],
  ].join(":"),
} as const;

/** The two files of a certificate. */
export interface CertificatePair {
  /** What it is called in settings, logs and metrics. */
  readonly name: string;
  /** PEM: the certificate, then its intermediates. */
  readonly chain: string;
  /** PEM, not encrypted. */
  readonly key: string;
}

/** A certificate that can be served. */
export interface ServedCertificate {
  readonly name: string;
  /** DNS names of its subjectAltName, in lower case; the first label may be `*`. */
  readonly hosts: readonly string[];
  /** ms since the epoch. */
  readonly notAfterMs: number;
  readonly chain: string;
  readonly key: string;
  readonly context: SecureContext;
}

const DNS_NAME = /^DNS:((?:\*\.)?[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)$/;

/** Reads a pair. @returns a sentence where it cannot be served, without its content */
export function readCertificate({ name, chain, key }: CertificatePair): ServedCertificate | string {
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(chain);
  } catch {
    return `${name}: the certificate cannot be read as PEM`;
  }
  try {
    if (!leaf.checkPrivateKey(createPrivateKey(key))) return `${name}: the key does not belong to the certificate`;
  } catch {
    return `${name}: the key cannot be read as PEM without a passphrase`;
  }
  // Names with a comma or quotes come quoted, and are none of a host.
  const names = (leaf.subjectAltName ?? "")
    .split(", ")
    .map((entry) => DNS_NAME.exec(entry.replace(/^DNS:.*/, (text) => `DNS:${text.slice(4).toLowerCase()}`))?.[1]);
  const hosts = names.filter((host) => host !== undefined);
  if (hosts.length === 0) return `${name}: the certificate has no DNS name in its subjectAltName`;
  try {
    const context = createSecureContext({ cert: chain, key, ...PROTOCOL });
    return { name, hosts, notAfterMs: Date.parse(leaf.validTo), chain, key, context };
  } catch (error) {
    return `${name}: OpenSSL does not take it (${error instanceof Error ? error.message : String(error)})`;
  }
}
