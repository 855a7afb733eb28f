import type { FleetTransaction } from "@sallyport/data";
import { type Manifest, nameOfSection, type Section, type SectionName } from "@sallyport/snapshot";
import { apiKeySectionsOf } from "../api-keys/api-key-sections.js";
import { keyPurgesOf } from "../identity-providers/key-purges.js";
import { revocationSectionsOf } from "../revocations/revocation-sections.js";
import type { EnvelopeMaterial } from "./group-envelopes.js";
import { hashOfSection } from "./manifest.js";

/** Whose sections are made. */
interface InstallationOf {
  readonly group: { readonly id: string; readonly name: string };
  /** The declared sections that the group's nodes get. */
  readonly declared: Manifest;
}

export interface InstallationSections {
  /** Every such section's name and hash. */
  readonly manifest: Manifest;
  /** Those that may not be stored yet. */
  readonly made: readonly { readonly hash: string; readonly section: Section }[];
}

/**
 * What a group's nodes get beside the declared sections and goes to them at once: secrets, keys for internal tokens, API keys, what is
 * revoked, and whose keys are to be forgotten. Seed keys are not among it: they follow with the next revision. The caller holds the revisions' lock.
 */
export async function installationSections(
  tx: FleetTransaction,
  { group, declared }: InstallationOf,
  material: Pick<EnvelopeMaterial, "installation" | "secrets" | "groupKeys" | "clock">,
): Promise<InstallationSections> {
  const manifest: Record<SectionName, string> = { ...(await apiKeySectionsOf(tx, declared)) };
  const fleet = material.installation.fleetId;
  const sections = [
    await material.secrets.sectionFor(tx, { fleet, group, declared }),
    await material.groupKeys.sectionFor(tx, { fleet, group }),
    await keyPurgesOf(tx, declared),
    ...(await revocationSectionsOf(tx, declared, material.clock.now())),
  ];
  const made = sections.flatMap((section) => (section === null ? [] : [{ hash: hashOfSection(section), section }]));
  for (const { hash, section } of made) manifest[nameOfSection(section)] = hash;
  return { manifest, made };
}
