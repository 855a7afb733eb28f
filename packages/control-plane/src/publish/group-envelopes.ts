import type { FleetTransaction } from "@sallyport/data";
import { type Ed25519PublicJwk, type Manifest, type NodeGroupSpec, nodeGroupSpec, SCHEMA_VERSION, SEED_KEYS_SECTION } from "@sallyport/snapshot";
import type { Clock } from "../deps.js";
import type { InstallationFacts } from "../installation/installation.js";
import type { GroupKeys } from "../internal-keys/group-keys.js";
import type { Signer } from "../keys/signing-keys.js";
import { SILENT_AFTER_MS } from "../nodes/node-state.js";
import type { GroupSecrets } from "../secrets/group-secrets.js";
import { type InstallationSections, installationSections } from "./installation-sections.js";
import { hashOfSection, hasTenants, installationHashOf, manifestOfGroup, rootHashOf, slugOfSection } from "./manifest.js";
import type { SectionStore } from "./section-store.js";
import { seedKeysOf } from "./seed-keys.js";
import { signEnvelope } from "./sign-envelope.js";

/** Every version that this build writes; one envelope each (DESIGN §3). */
export const WRITTEN_SCHEMA_VERSIONS: readonly number[] = [SCHEMA_VERSION];

/** A revision as far as its envelopes need it. */
export interface EnvelopeOf {
  readonly number: number;
  readonly parent: number;
  readonly createdAt: Date;
  /** Everything declared. */
  readonly manifest: Manifest;
}

export interface GroupRow {
  readonly id: string;
  readonly name: string;
  readonly spec: NodeGroupSpec;
}

export interface EnvelopeMaterial {
  readonly installation: InstallationFacts;
  readonly signer: Signer;
  readonly trusted: readonly Ed25519PublicJwk[];
  readonly sections: SectionStore;
  readonly secrets: GroupSecrets;
  readonly groupKeys: GroupKeys;
  readonly clock: Clock;
}

export async function readGroups(tx: FleetTransaction): Promise<GroupRow[]> {
  const rows = await tx.nodeGroup.findMany({ orderBy: { name: "asc" }, select: { id: true, name: true, spec: true } });
  return rows.map((row) => ({ id: row.id, name: row.name, spec: nodeGroupSpec.parse(row.spec) }));
}

/** Nodes of the group that can be reached now: the revision is live when these have it. */
async function connectedNodes(tx: FleetTransaction, groupId: string, now: number): Promise<string[]> {
  const rows = await tx.node.findMany({
    where: { groupId, status: "active", lastSeenAt: { gte: new Date(now - SILENT_AFTER_MS) } },
    select: { id: true },
    orderBy: { id: "asc" },
  });
  return rows.map(({ id }) => id);
}

/** Signs and stores what the group's nodes get of the revision, once for each schema version. Does nothing where that was done before. */
export async function writeGroupEnvelopes(
  tx: FleetTransaction,
  revision: EnvelopeOf,
  group: GroupRow,
  material: EnvelopeMaterial,
  ready?: InstallationSections,
): Promise<void> {
  const declared = manifestOfGroup(revision.manifest, group.spec);
  const { manifest: installation, made } = ready ?? (await installationSections(tx, { group, declared }, material));
  const seedKeys = await seedKeysOf(tx, new Set(Object.keys(declared).flatMap((name) => slugOfSection(name) ?? [])));
  const seedKeysHash = hashOfSection(seedKeys);
  await material.sections.put(tx, [...made, { hash: seedKeysHash, section: seedKeys }]);
  const manifest: Manifest = { ...declared, ...installation, [SEED_KEYS_SECTION]: seedKeysHash };
  const now = material.clock.now();
  const targets = await connectedNodes(tx, group.id, now);
  for (const schemaVersion of WRITTEN_SCHEMA_VERSIONS) {
    const envelope = {
      fleet: material.installation.fleetId,
      group: group.name,
      schemaVersion,
      revision: revision.number,
      parent: revision.parent,
      epoch: material.installation.epoch,
      rootHash: rootHashOf(manifest),
      installationHash: installationHashOf(manifest),
      empty: !hasTenants(manifest),
      created: revision.createdAt.toISOString(),
      trustedKeys: material.trusted.map(({ kid }) => kid),
    };
    await tx.revisionGroup.createMany({
      skipDuplicates: true,
      data: {
        revision: revision.number,
        groupId: group.id,
        groupName: group.name,
        spec: group.spec,
        schemaVersion,
        rootHash: envelope.rootHash,
        installationHash: envelope.installationHash,
        manifest,
        envelope: await signEnvelope(envelope, material.signer),
        targetNodes: targets,
        liveAt: targets.length === 0 ? new Date(now) : null,
      },
    });
  }
}
