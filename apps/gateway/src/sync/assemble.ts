import { FLEET_SECTION, type RevisionEnvelope, type Section, type SectionName } from "@sallyport/snapshot";
import { createBreather } from "../breathe.js";
import { checkSection } from "./check-section.js";
import { manifestHashes } from "./manifest-hash.js";
import { type Checked, refused, type SectionHashes, type UnverifiedRevision, type VerifiedRevision } from "./revision.js";
import { checkManifest, deriveManifest } from "./stated-manifest.js";

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
  const stated = delivery.manifest === null ? await deriveManifest(delivery, base) : await checkManifest(delivery.manifest);
  if (!stated.ok) return stated;
  const { manifest, parsed } = stated.value;
  const hashes = await manifestHashes(manifest);
  if (hashes.rootHash !== envelope.rootHash) return refused("hash_mismatch", "manifest", "the sections do not hash to the signed root");
  if (hashes.installationHash !== envelope.installationHash) {
    return refused("hash_mismatch", "manifest", "the installation's sections do not hash to what was signed");
  }
  for (const name of Object.keys(delivery.changed)) {
    if (!manifest.has(name)) return refused("invalid_section", name, "the section is in the delivery and not in the manifest");
  }
  for (const name of delivery.removed) {
    if (manifest.has(name)) return refused("invalid_section", name, "the section is removed and still in the manifest");
  }
  // Made from the base's manifest, the rest is the base's, hash and all.
  const derived = delivery.manifest === null ? base : null;
  const sections = new Map(derived?.sections);
  for (const name of delivery.removed) sections.delete(name);
  const breathe = createBreather();
  for (const [name, hash] of derived === null ? manifest : hashesOf(parsed.keys(), manifest)) {
    const known = parsed.get(name);
    const checked = Object.hasOwn(delivery.changed, name)
      ? known === undefined
        ? checkSection(name, hash, delivery.changed[name])
        : { ok: true as const, value: known }
      : takeOver(name, hash, delivery.base === null ? null : base);
    if (!checked.ok) return checked;
    sections.set(name, checked.value);
    const pause = breathe();
    if (pause) await pause;
  }
  if (!sections.has(FLEET_SECTION)) return refused("invalid_section", FLEET_SECTION, "the fleet's section is missing");
  if (!hasTenants(manifest) && !envelope.empty)
    return refused("empty_snapshot", "tenants", "the snapshot has no tenants and does not say that this is meant");
  const since = derived === null ? null : { jws: derived.jws, names: new Set([...parsed.keys(), ...delivery.removed]) };
  return { ok: true, value: { envelope, jws: delivery.envelope, manifest, sections, since } };
}

function* hashesOf(names: Iterable<SectionName>, manifest: SectionHashes): Generator<readonly [SectionName, string]> {
  for (const name of names) yield [name, manifest.get(name) ?? ""];
}

function hasTenants(manifest: SectionHashes): boolean {
  for (const name of manifest.keys()) if (name.startsWith("tenants/")) return true;
  return false;
}

function takeOver(name: SectionName, hash: string, base: VerifiedRevision | null): Checked<Section> {
  const section = base?.sections.get(name);
  if (section === undefined || base?.manifest.get(name) !== hash) {
    return refused("hash_mismatch", name, "the section is neither in the delivery nor, with this hash, at the node");
  }
  return { ok: true, value: section };
}
