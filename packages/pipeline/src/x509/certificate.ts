import { DerError, DerReader, readOid, readTime, TAG } from "./der.js";
import { type CertificateExtensions, readExtensions } from "./extensions.js";
import { readName } from "./names.js";
import { isStrongKey } from "./public-key.js";

/** Larger ones are refused unread. */
const MAX_CERTIFICATE_BYTES = 16_384;

/** Signatures that count (RFC 5280 §4.1.1.2 by its algorithm identifier). MD5 and SHA-1 are not in the language. */
const SIGNATURES: ReadonlySet<string> = new Set([
  "1.2.840.113549.1.1.11", // RSA with SHA-256, SHA-384, SHA-512
  "1.2.840.113549.1.1.12",
  "1.2.840.113549.1.1.13",
  "1.2.840.10045.4.3.2", // ECDSA with SHA-256, SHA-384, SHA-512
  "1.2.840.10045.4.3.3",
  "1.2.840.10045.4.3.4",
  "1.3.101.112", // Ed25519
]);

/** A certificate (RFC 5280 §4.1) as far as the pipeline judges it. Bytes are latin1 strings. */
export interface Certificate extends CertificateExtensions {
  readonly der: string;
  /** The names as they stand, DER: they compare byte for byte, as they are in practice. */
  readonly issuer: string;
  readonly subject: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** subjectPublicKeyInfo, DER: what an authority is known by, however often its certificate was renewed. */
  readonly publicKey: string;
  /** The key is long enough and on a curve that counts, and so is the signature's algorithm. */
  readonly strong: boolean;
  readonly commonNames: readonly string[];
  readonly organizationalUnits: readonly string[];
}

/** Reads a certificate, strictly. Null for anything that is none, or that cannot be judged: not version 3, say. Never throws. */
export function readCertificate(der: string): Certificate | null {
  if (der.length > MAX_CERTIFICATE_BYTES) return null;
  try {
    return read(der);
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

function read(der: string): Certificate {
  const outer = new DerReader(der);
  const certificate = outer.enter(TAG.sequence);
  outer.finish();
  const body = certificate.enter(TAG.sequence);
  const signature = certificate.whole(TAG.sequence);
  certificate.next(TAG.bitString);
  certificate.finish();

  const version = body.enter(0xa0);
  // Only version 3 says what a certificate is for.
  if (version.content(TAG.integer) !== "\x02") throw new DerError("not version 3");
  version.finish();
  body.next(TAG.integer);
  // RFC 5280 §4.1.1.2: inside and outside of what is signed must be the same.
  if (body.whole(TAG.sequence) !== signature) throw new DerError("two signature algorithms");
  const issuer = body.whole(TAG.sequence);
  const validity = body.enter(TAG.sequence);
  const notBeforeMs = readTime(validity);
  const notAfterMs = readTime(validity);
  validity.finish();
  const subject = body.whole(TAG.sequence);
  const publicKey = body.whole(TAG.sequence);
  // Unique identifiers (RFC 5280 §4.1.2.8) have no meaning here.
  while (body.nextTag === 0x81 || body.nextTag === 0x82) body.next();
  const extensions = readExtensions(body.nextTag === 0xa3 ? body.enter(0xa3) : null);
  body.finish();
  const names = readName(subject);
  return {
    der,
    ...{ issuer, subject, notBeforeMs, notAfterMs, publicKey },
    strong: SIGNATURES.has(readOid(new DerReader(signature).enter(TAG.sequence).content(TAG.oid))) && isStrongKey(publicKey),
    ...names,
    ...extensions,
  };
}
