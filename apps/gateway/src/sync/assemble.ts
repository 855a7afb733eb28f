import { sha256Hex } from "@sallyport/pipeline-node";
import {
  FLEET_SECTION,
  sha256Hex as hashText,
  type Manifest,
  nameOfSection,
  type RevisionEnvelope,
  type Section,
  type SectionName,
  section,
  sectionHash,
  sectionName,
} from "@sallyport/snapshot";
import { createBreather } from "../breathe.js";
import { parseJson } from "../files/read-if-there.js";
import { manifestHashes } from "./manifest-hash.js";
import { type Checked, refused, type UnverifiedRevision, type VerifiedRevision } from "./revision.js";
import { knownSection, StoredSection } from "./stored-section.js";

/**
 * Base and changes → the complete, proven set of sections: the manifest hashes to what was signed, every changed section passes
 * the strict schema under its own name, and every section hashes to what the manifest says. All or nothing.
 * Yields to traffic between sections.
 */
export async function assemble(
  envelope: RevisionEnvelope,
  delivery: UnverifiedRevision,
  base: VerifiedRevision | null,
): Promise<Checked<VerifiedRevision>> {
  if (delivery.base !== null && delivery.base !== base?.envelope.rootHash) {
    return refused("hash_mismatch", "base", "the delivery is relative to a revision that this node does not run");
  }
  const checkedManifest = await checkManifest(delivery.manifest);
  if (!checkedManifest.ok) return checkedManifest;
  const manifest = checkedManifest.value;
  const hashes = await manifestHashes(manifest);
  if (hashes.rootHash !== envelope.rootHash) return refused("hash_mismatch", "manifest", "the sections do not hash to the signed root");
  if (hashes.installationHash !== envelope.installationHash) {
    return refused("hash_mismatch", "manifest", "the installation's sections do not hash to what was signed");
  }
  for (const name of Object.keys(delivery.changed)) {
    if (!Object.hasOwn(manifest, name)) return refused("invalid_section", name, "the section is in the delivery and not in the manifest");
  }
  for (const name of delivery.removed) {
    if (Object.hasOwn(manifest, name)) return refused("invalid_section", name, "the section is removed and still in the manifest");
  }
  const sections = new Map<SectionName, Section>();
  const breathe = createBreather();
  for (const [name, hash] of Object.entries(manifest)) {
    const checked = Object.hasOwn(delivery.changed, name)
      ? checkSection(name, hash, delivery.changed[name])
      : takeOver(name, hash, delivery.base === null ? null : base);
    if (!checked.ok) return checked;
    sections.set(name, checked.value);
    const pause = breathe();
    if (pause) await pause;
  }
  if (!sections.has(FLEET_SECTION)) return refused("invalid_section", FLEET_SECTION, "the fleet's section is missing");
  const tenants = Object.keys(manifest).filter((name) => name.startsWith("tenants/")).length;
  if (tenants === 0 && !envelope.empty)
    return refused("empty_snapshot", "tenants", "the snapshot has no tenants and does not say that this is meant");
  return { ok: true, value: { envelope, jws: delivery.envelope, manifest, sections } };
}

async function checkManifest(entries: Readonly<Record<SectionName, unknown>>): Promise<Checked<Manifest>> {
  const manifest: Record<SectionName, string> = {};
  const breathe = createBreather();
  for (const [name, hash] of Object.entries(entries)) {
    if (!sectionName.safeParse(name).success) return refused("invalid_section", "manifest", "the manifest has a name that is no section's");
    const parsed = hashText.safeParse(hash);
    if (!parsed.success) return refused("invalid_section", name, "the manifest has something else than a hash");
    manifest[name] = parsed.data;
    const pause = breathe();
    if (pause) await pause;
  }
  return { ok: true, value: manifest };
}

function checkSection(name: SectionName, hash: string, body: unknown): Checked<Section> {
  if (body instanceof StoredSection) return checkStoredSection(name, hash, body);
  const parsed = section.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = [name, ...(issue?.path ?? [])].join("/");
    return refused("invalid_section", path, issue?.message ?? "the section has another shape");
  }
  if (nameOfSection(parsed.data) !== name) return refused("invalid_section", name, `the section belongs under ${nameOfSection(parsed.data)}`);
  if (sectionHash(parsed.data, sha256Hex) !== hash) return refused("hash_mismatch", name, "the section does not hash to what the manifest says");
  return { ok: true, value: parsed.data };
}

/** The bytes first: what does not hash to the manifest's word is not even read. */
function checkStoredSection(name: SectionName, hash: string, stored: StoredSection): Checked<Section> {
  if (stored.hash() !== hash) return refused("hash_mismatch", name, "the section does not hash to what the manifest says");
  const body = parseJson(Buffer.from(stored.bytes).toString("utf8"));
  if (!stored.sameBuild) return checkSection(name, hash, body);
  const known = knownSection.safeParse(body);
  if (!known.success || nameOfSection(known.data) !== name) return refused("invalid_section", name, "the section is not what stands under this name");
  return { ok: true, value: known.data };
}

function takeOver(name: SectionName, hash: string, base: VerifiedRevision | null): Checked<Section> {
  const section = base?.sections.get(name);
  if (section === undefined || base?.manifest[name] !== hash) {
    return refused("hash_mismatch", name, "the section is neither in the delivery nor, with this hash, at the node");
  }
  return { ok: true, value: section };
}
