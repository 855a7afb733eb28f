import { DerError, DerReader, readOid, TAG } from "./der.js";
import { type AlternativeNames, readAlternativeNames } from "./names.js";

/** What a certificate says of itself in its extensions (RFC 5280 §4.2). */
export interface CertificateExtensions {
  /** Null: it says nothing, and is no authority. */
  readonly basicConstraints: {
    readonly ca: boolean /** How many authorities may follow below it; null for any number. */;
    readonly pathLength: number | null;
  } | null;
  /** The bits of keyUsage, the first one (digitalSignature) highest of 16; null where it says nothing. */
  readonly keyUsage: number | null;
  /** Object identifiers; null where it says nothing. */
  readonly extendedKeyUsage: readonly string[] | null;
  readonly names: AlternativeNames;
  /** A critical extension that is not understood here, name constraints among them: the certificate must not be used (RFC 5280 §4.2). */
  readonly notUnderstood: boolean;
}

export const KEY_USAGE = { digitalSignature: 0x8000, keyCertSign: 0x0400 } as const;
export const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
export const ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0";

const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const NAME_CONSTRAINTS = "2.5.29.30";
const KEY_USAGE_ID = "2.5.29.15";
const EXTENDED_KEY_USAGE = "2.5.29.37";

const NO_NAMES: AlternativeNames = { uri: [], dns: [], email: [] };

/** @param reader over the explicit tag; null for a certificate without extensions */
export function readExtensions(reader: DerReader | null): CertificateExtensions {
  let basicConstraints: CertificateExtensions["basicConstraints"] = null;
  let keyUsage: number | null = null;
  let extendedKeyUsage: readonly string[] | null = null;
  let names = NO_NAMES;
  let notUnderstood = false;
  if (reader === null) return { basicConstraints, keyUsage, extendedKeyUsage, names, notUnderstood };
  const list = reader.enter(TAG.sequence);
  reader.finish();
  const seen = new Set<string>();
  while (!list.done) {
    const extension = list.enter(TAG.sequence);
    const oid = readOid(extension.content(TAG.oid));
    // RFC 5280 §4.2: no more than one of each.
    if (seen.has(oid)) throw new DerError("an extension that is there twice");
    seen.add(oid);
    const critical = extension.nextTag === TAG.boolean && readTrue(extension);
    const value = extension.content(TAG.octetString);
    extension.finish();
    switch (oid) {
      case BASIC_CONSTRAINTS:
        basicConstraints = readBasicConstraints(value);
        break;
      case KEY_USAGE_ID:
        keyUsage = readKeyUsage(value);
        break;
      case EXTENDED_KEY_USAGE:
        extendedKeyUsage = readExtendedKeyUsage(value);
        break;
      case SUBJECT_ALT_NAME:
        names = readAlternativeNames(value);
        break;
      default:
        // Name constraints limit an authority: passing them over would widen it, marked critical or not.
        if (critical || oid === NAME_CONSTRAINTS) notUnderstood = true;
    }
  }
  return { basicConstraints, keyUsage, extendedKeyUsage, names, notUnderstood };
}

/** DER writes no `false` that is the default, and `true` as 0xff. */
function readTrue(reader: DerReader): true {
  if (reader.content(TAG.boolean) !== "\xff") throw new DerError("a truth value in another form");
  return true;
}

function readBasicConstraints(value: string): CertificateExtensions["basicConstraints"] {
  const outer = new DerReader(value);
  const fields = outer.enter(TAG.sequence);
  outer.finish();
  const ca = fields.nextTag === TAG.boolean && readTrue(fields);
  let pathLength: number | null = null;
  if (fields.nextTag === TAG.integer) {
    const content = fields.content(TAG.integer);
    if (content.length !== 1 || content.charCodeAt(0) > 0x7f) throw new DerError("a path length that is no small number");
    pathLength = content.charCodeAt(0);
  }
  fields.finish();
  return { ca, pathLength };
}

function readKeyUsage(value: string): number {
  const outer = new DerReader(value);
  const bits = outer.content(TAG.bitString);
  outer.finish();
  if (bits.length < 2 || bits.length > 3 || bits.charCodeAt(0) > 7) throw new DerError("a key usage in another form");
  return (bits.charCodeAt(1) << 8) | (bits.length === 3 ? bits.charCodeAt(2) : 0);
}

function readExtendedKeyUsage(value: string): readonly string[] {
  const outer = new DerReader(value);
  const list = outer.enter(TAG.sequence);
  outer.finish();
  const usages: string[] = [];
  while (!list.done) usages.push(readOid(list.content(TAG.oid)));
  return usages;
}
