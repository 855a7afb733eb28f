import type { FleetTransaction } from "@sallyport/data";
import { type Manifest, SECRETS_SECTION, type Section } from "@sallyport/snapshot";
import { apiKeySectionsOf } from "../api-keys/api-key-sections.js";
import type { EnvelopeMaterial } from "./group-envelopes.js";
import { hashOfSection } from "./manifest.js";

/** Whose sections are made. */
interface InstallationOf {
  readonly group: { readonly id: string; readonly name: string };
  /** The declared sections that the group's nodes get. */
  readonly declared: Manifest;
}

/**
 * What a group's nodes get beside the declared sections and goes to them at once: secrets and API keys. Seed keys are not among it: they
 * follow with the next revision. The caller holds the revisions' lock.
 * @returns every such section's name and hash, and those that may not be stored yet
 */
export async function installationSections(
  tx: FleetTransaction,
  { group, declared }: InstallationOf,
  material: Pick<EnvelopeMaterial, "installation" | "secrets">,
): Promise<{ manifest: Manifest; made: { hash: string; section: Section }[] }> {
  const apiKeys = await apiKeySectionsOf(tx, declared);
  const secrets = await material.secrets.sectionFor(tx, { fleet: material.installation.fleetId, group, declared });
  if (secrets === null) return { manifest: apiKeys, made: [] };
  const hash = hashOfSection(secrets);
  return { manifest: { ...apiKeys, [SECRETS_SECTION]: hash }, made: [{ hash, section: secrets }] };
}
