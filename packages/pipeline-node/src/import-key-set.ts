import type { VerificationKey } from "@sallyport/pipeline";
import { importKey } from "./import-key.js";

/** RFC 7517 §5 sets larger than this are not an IdP's signing keys (BEHAVIOUR 3a). */
const MAX_KEYS = 100;

export interface SkippedKey {
  /** Place in `keys`; -1 for the document itself. */
  readonly index: number;
  readonly reason: string;
}

export interface ImportedKeySet {
  readonly keys: VerificationKey[];
  readonly skipped: SkippedKey[];
}

/**
 * A JWK Set → the public keys that may verify, each bound to its algorithms (SECURITY §1.2). Never throws: a bad member is skipped
 * with a reason and takes nobody with it. Two different keys with one `kid` and an algorithm in common are both skipped, because
 * nothing says which is meant; the same key twice counts once.
 */
export function importKeySet(jwks: unknown): ImportedKeySet {
  const skipped: SkippedKey[] = [];
  const members = membersOf(jwks);
  if (members === null) return { keys: [], skipped: [{ index: -1, reason: "not a JWK Set: no array of keys" }] };
  const imported: { index: number; key: VerificationKey; material: string }[] = [];
  for (const [index, member] of members.entries()) {
    if (index >= MAX_KEYS) {
      skipped.push({ index, reason: `more than ${MAX_KEYS} keys` });
      continue;
    }
    const result = importKey(member);
    if ("reason" in result) skipped.push({ index, reason: result.reason });
    else imported.push({ index, ...result });
  }
  const keys: VerificationKey[] = [];
  for (const { index, key, material } of imported) {
    const rivals = imported.filter((other) => other.index !== index && competes(other.key, key));
    if (rivals.some((other) => other.material !== material)) skipped.push({ index, reason: "another key has the same kid and algorithm" });
    else if (rivals.some((other) => other.index < index)) skipped.push({ index, reason: "the same key stands in the set twice" });
    else keys.push(key);
  }
  // Copied, a list has no room to grow: nodes keep tens of thousands.
  return { keys: keys.slice(), skipped };
}

function membersOf(jwks: unknown): readonly unknown[] | null {
  if (typeof jwks !== "object" || jwks === null || !Object.hasOwn(jwks, "keys")) return null;
  const { keys } = jwks as { keys: unknown };
  return Array.isArray(keys) ? keys : null;
}

/** Keys without a `kid` do not compete: they are tried only where there is exactly one. */
function competes(a: VerificationKey, b: VerificationKey): boolean {
  return a.kid !== null && a.kid === b.kid && a.algorithms.some((algorithm) => b.algorithms.includes(algorithm));
}
