import { DerReader, readOid, TAG } from "./der.js";

const COMMON_NAME = "2.5.4.3";
const ORGANIZATIONAL_UNIT = "2.5.4.11";
/** UTF8String, PrintableString, IA5String: in all of them ASCII is itself. */
const TEXTS: ReadonlySet<number> = new Set([0x0c, 0x13, 0x16]);
const ASCII = /^[\x20-\x7e]*$/;

/** Stands for a text that is not plain ASCII: it equals nothing that anybody asks for, and is still one name too many. */
const UNREADABLE = "\0";

/** The parts of a distinguished name (RFC 5280 §4.1.2.4) that can say who somebody is. */
export function readName(name: string): { readonly commonNames: readonly string[]; readonly organizationalUnits: readonly string[] } {
  const commonNames: string[] = [];
  const organizationalUnits: string[] = [];
  const outer = new DerReader(name);
  const sets = outer.enter(TAG.sequence);
  outer.finish();
  while (!sets.done) {
    const set = sets.enter(TAG.set);
    while (!set.done) {
      const pair = set.enter(TAG.sequence);
      const oid = readOid(pair.content(TAG.oid));
      const { tag, contentStart, end } = pair.next();
      pair.finish();
      const text = pair.bytes.slice(contentStart, end);
      const readable = TEXTS.has(tag) && ASCII.test(text) ? text : UNREADABLE;
      if (oid === COMMON_NAME) commonNames.push(readable);
      else if (oid === ORGANIZATIONAL_UNIT) organizationalUnits.push(readable);
    }
  }
  return { commonNames, organizationalUnits };
}

/** subjectAltName (RFC 5280 §4.2.1.6). Kinds that say nothing of a caller here are passed over. */
export interface AlternativeNames {
  readonly uri: readonly string[];
  readonly dns: readonly string[];
  readonly email: readonly string[];
}

const KIND_OF_TAG: ReadonlyMap<number, keyof AlternativeNames> = new Map([
  [0x81, "email"],
  [0x82, "dns"],
  [0x86, "uri"],
]);

export function readAlternativeNames(value: string): AlternativeNames {
  const names = { uri: [] as string[], dns: [] as string[], email: [] as string[] };
  const outer = new DerReader(value);
  const list = outer.enter(TAG.sequence);
  outer.finish();
  while (!list.done) {
    const { tag, contentStart, end } = list.next();
    const kind = KIND_OF_TAG.get(tag);
    if (kind === undefined) continue;
    const text = list.bytes.slice(contentStart, end);
    names[kind].push(ASCII.test(text) ? text : UNREADABLE);
  }
  return names;
}
