import { DerReader, readOid, TAG } from "./der.js";

const MIN_RSA_BITS = 2_048;
const MAX_RSA_BITS = 8_192;
const RSA = "1.2.840.113549.1.1.1";
const EC = "1.2.840.10045.2.1";
const ED25519 = "1.3.101.112";
/** P-256, P-384, P-521. */
const CURVES: ReadonlySet<string> = new Set(["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"]);

/** Whether a subjectPublicKeyInfo (RFC 5280 §4.1.2.7) holds a key that counts: the strengths of SECURITY §1.2. */
export function isStrongKey(publicKey: string): boolean {
  const info = new DerReader(publicKey).enter(TAG.sequence);
  const algorithm = info.enter(TAG.sequence);
  const oid = readOid(algorithm.content(TAG.oid));
  if (oid === ED25519) return true;
  if (oid === EC) return algorithm.nextTag === TAG.oid && CURVES.has(readOid(algorithm.content(TAG.oid)));
  if (oid !== RSA) return false;
  const bits = info.content(TAG.bitString);
  const key = new DerReader(bits, 1).enter(TAG.sequence);
  const modulus = key.content(TAG.integer).replace(/^\0/, "");
  const exponent = key.content(TAG.integer);
  const size = modulus.length * 8 - Math.clz32(modulus.charCodeAt(0)) + 24;
  const odd = (exponent.charCodeAt(exponent.length - 1) & 1) === 1;
  // An exponent of 1 signs anything.
  return size >= MIN_RSA_BITS && size <= MAX_RSA_BITS && odd && exponent !== "\x01";
}
