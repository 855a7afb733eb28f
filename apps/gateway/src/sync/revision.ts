import type { RevisionEnvelope, Section, SectionName } from "@sallyport/snapshot";
import type { NackError } from "@sallyport/snapshot/protocol";

/** Hash of each section, in the ascending order of their names: the order that their hash is over. A map, because with ten thousand entries it is read and copied several times as fast as an object. */
export type SectionHashes = ReadonlyMap<SectionName, string>;

/** A revision of which signature, schema and hashes are proven. */
export interface VerifiedRevision {
  readonly envelope: RevisionEnvelope;
  /** The compact JWS that says so: kept, so that the copy on disk proves itself again. */
  readonly jws: string;
  readonly manifest: SectionHashes;
  readonly sections: ReadonlyMap<SectionName, Section>;
  /** The revision that it was delivered as a difference to, by its JWS, and the sections that are otherwise there; null: it came whole. */
  readonly since: { readonly jws: string; readonly names: ReadonlySet<SectionName> } | null;
}

/** What came over the wire or from disk, of which nothing is believed yet. */
export interface UnverifiedRevision {
  readonly envelope: string;
  /** Root hash of the revision that `changed` and `removed` are relative to; null when everything is here. */
  readonly base: string | null;
  /** Should be section names and their hashes. Null: to be made from the base's, `changed` and `removed`. */
  readonly manifest: Readonly<Record<SectionName, unknown>> | null;
  /** Bodies as they were delivered, or `StoredSection`s. */
  readonly changed: Readonly<Record<SectionName, unknown>>;
  readonly removed: readonly SectionName[];
}

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: readonly NackError[] };

export const refused = (code: NackError["code"], path: string, message: string): { readonly ok: false; readonly errors: readonly NackError[] } => ({
  ok: false,
  errors: [{ code, path: path.slice(0, 256), message: message.slice(0, 1_024) }],
});
