import type { CompiledAuthority } from "../compiled.js";
import type { Passage } from "../passage.js";
import type { Certificate } from "../x509/certificate.js";
import { ANY_EXTENDED_KEY_USAGE, CLIENT_AUTH, KEY_USAGE } from "../x509/extensions.js";
import { isWithin } from "./names-within.js";

/** Signatures that are checked for one certificate, whatever it brings along. */
const MAX_SIGNATURES = 16;

/** Where a certificate's path ends. */
export interface FoundAuthority {
  readonly authority: CompiledAuthority;
  /** Every certificate of the path is good in this time, ms since the epoch, both ends included. */
  readonly goodFromMs: number;
  readonly goodUntilMs: number;
}

/**
 * RFC 5280 §6, from the client's certificate upwards: the nearest authority of any tenant that takes the names of this certificate. The
 * nearest, so that a certificate belongs to one tenant also where another one trusts an authority above or below.
 * @param chain the client's own first, then what it sent along, in any order
 */
export function findAuthority(passage: Passage, chain: readonly Certificate[]): FoundAuthority | null {
  const { compiled, ports } = passage;
  const [leaf, ...others] = chain;
  if (leaf === undefined) return null;
  const now = ports.clock.now();
  let left = MAX_SIGNATURES;
  const signed = (certificate: Certificate, issuer: Certificate): boolean => {
    left -= 1;
    return left >= 0 && ports.certificates.isSignedBy(certificate.der, issuer.der) === true;
  };

  const climb = (current: Certificate, path: readonly Certificate[]): FoundAuthority | null => {
    const below = path.length - 1;
    const verified = new Map<string, boolean>();
    for (const authority of compiled.authorities.get(current.issuer) ?? []) {
      const { certificate, trust } = authority;
      if (!mayIssue(certificate, below, now) || !isWithin(trust.within, leaf)) continue;
      const known = verified.get(certificate.publicKey) ?? signed(current, certificate);
      verified.set(certificate.publicKey, known);
      if (known) return { authority, ...timesOf([...path, certificate]) };
    }
    for (const other of others) {
      if (other.subject !== current.issuer || path.includes(other) || !mayIssue(other, below, now) || !signed(current, other)) continue;
      const found = climb(other, [...path, other]);
      if (found !== null) return found;
    }
    return null;
  };
  return climb(leaf, [leaf]);
}

/** Whether a certificate may stand above others at this time. @param below how many authorities stand under it */
function mayIssue(certificate: Certificate, below: number, now: number): boolean {
  const { strong, notUnderstood, basicConstraints, keyUsage, extendedKeyUsage } = certificate;
  if (!strong || notUnderstood || basicConstraints?.ca !== true) return false;
  if (basicConstraints.pathLength !== null && basicConstraints.pathLength < below) return false;
  if (keyUsage !== null && (keyUsage & KEY_USAGE.keyCertSign) === 0) return false;
  if (extendedKeyUsage !== null && !extendedKeyUsage.some((usage) => usage === CLIENT_AUTH || usage === ANY_EXTENDED_KEY_USAGE)) return false;
  return isTimely(certificate, now);
}

/** Written so that a clock which is no number makes nothing good. */
export const isTimely = ({ notBeforeMs, notAfterMs }: Pick<Certificate, "notBeforeMs" | "notAfterMs">, now: number): boolean =>
  now >= notBeforeMs && now <= notAfterMs;

const timesOf = (path: readonly Certificate[]): Pick<FoundAuthority, "goodFromMs" | "goodUntilMs"> => ({
  goodFromMs: Math.max(...path.map(({ notBeforeMs }) => notBeforeMs)),
  goodUntilMs: Math.min(...path.map(({ notAfterMs }) => notAfterMs)),
});
