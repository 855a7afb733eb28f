import { sha256Hex } from "@sallyport/pipeline-node";
import {
  FLEET_SECTION,
  installationHash,
  type Manifest,
  type NodeGroupSpec,
  rootHash,
  type Section,
  type SectionName,
  sectionHash,
  tenantSectionName,
} from "@sallyport/snapshot";

export const hashOfSection = (section: Section): string => sectionHash(section, sha256Hex);
export const rootHashOf = (manifest: Manifest): string => rootHash(manifest, sha256Hex);
export const installationHashOf = (manifest: Manifest): string => installationHash(manifest, sha256Hex);

/** The slug of `tenants/<slug>`, null for any other section. */
export const slugOfSection = (name: SectionName): string | null => (name.startsWith("tenants/") ? name.slice("tenants/".length) : null);

/** Whether a manifest has any tenant at all. A snapshot without one is refused unless it says that it is meant. */
export function hasTenants(manifest: Manifest): boolean {
  for (const name of Object.keys(manifest)) if (slugOfSection(name) !== null) return true;
  return false;
}

/** The declared sections that a group's nodes get: the fleet's, and those of the tenants that the group names. */
export function manifestOfGroup(all: Manifest, spec: NodeGroupSpec): Manifest {
  if (spec.tenants === "all") return { ...all };
  const part: Record<SectionName, string> = {};
  const fleet = all[FLEET_SECTION];
  if (fleet !== undefined) part[FLEET_SECTION] = fleet;
  for (const slug of spec.tenants) {
    const name = tenantSectionName(slug);
    const hash = all[name];
    if (hash !== undefined) part[name] = hash;
  }
  return part;
}

/** Names whose hash differs between two manifests, sorted. */
export function differingSections(before: Manifest, after: Manifest): SectionName[] {
  const names: SectionName[] = [];
  for (const [name, hash] of Object.entries(after)) if (before[name] !== hash) names.push(name);
  for (const name of Object.keys(before)) if (after[name] === undefined) names.push(name);
  return names.sort();
}
