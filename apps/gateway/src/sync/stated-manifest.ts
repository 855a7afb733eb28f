import { sha256Hex as hashText, type Section, type SectionName, sectionName } from "@sallyport/snapshot";
import { createBreather } from "../breathe.js";
import { hashOfSection, parseSection } from "./check-section.js";
import { type Checked, refused, type SectionHashes, type UnverifiedRevision, type VerifiedRevision } from "./revision.js";

/** What a delivery says the revision consists of. Nothing of it is believed before the signed hashes come out. */
interface StatedManifest {
  readonly manifest: SectionHashes;
  /** Bodies that had to be parsed for it. */
  readonly parsed: ReadonlyMap<SectionName, Section>;
}

const NONE: ReadonlyMap<SectionName, Section> = new Map();
const noName = refused("invalid_section", "manifest", "the manifest has a name that is no section's");

const inOrder = (manifest: SectionHashes): SectionHashes => new Map([...manifest].sort(([a], [b]) => (a < b ? -1 : 1)));

/** A manifest that came in full: names and hashes by their form. */
export async function checkManifest(entries: Readonly<Record<SectionName, unknown>>): Promise<Checked<StatedManifest>> {
  const manifest = new Map<SectionName, string>();
  const breathe = createBreather();
  for (const [name, hash] of Object.entries(entries)) {
    if (!sectionName.safeParse(name).success) return noName;
    const parsed = hashText.safeParse(hash);
    if (!parsed.success) return refused("invalid_section", name, "the manifest has something else than a hash");
    manifest.set(name, parsed.data);
    const pause = breathe();
    if (pause) await pause;
  }
  return { ok: true, value: { manifest: inOrder(manifest), parsed: NONE } };
}

/** The base's manifest without what was removed, and with the hash of each body that came: what changed is all that travels. */
export async function deriveManifest(delivery: UnverifiedRevision, base: VerifiedRevision | null): Promise<Checked<StatedManifest>> {
  if (delivery.base === null || base === null)
    return refused("invalid_section", "manifest", "there is neither a manifest nor a base to make it from");
  const manifest = new Map(base.manifest);
  for (const name of new Set(delivery.removed)) {
    if (!manifest.delete(name)) return refused("hash_mismatch", "manifest", "a section is removed that the base does not have");
  }
  const breathe = createBreather();
  const parsed = new Map<SectionName, Section>();
  for (const [name, body] of Object.entries(delivery.changed)) {
    if (!sectionName.safeParse(name).success) return noName;
    const section = parseSection(name, body);
    if (!section.ok) return section;
    parsed.set(name, section.value);
    manifest.set(name, hashOfSection(section.value));
    const pause = breathe();
    if (pause) await pause;
  }
  // What changed keeps its place; what is new stands at the end.
  const isNew = [...parsed.keys()].some((name) => !base.manifest.has(name));
  return { ok: true, value: { manifest: isNew ? inOrder(manifest) : manifest, parsed } };
}
