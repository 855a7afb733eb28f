import type { FleetTransaction } from "@sallyport/data";
import type { Manifest } from "@sallyport/snapshot";
import type { Actor } from "../access/actor.js";
import type { EnvelopeMaterial } from "./group-envelopes.js";
import { groupSelections, publishedGroups } from "./group-selection.js";
import { type InstallationSections, installationSections } from "./installation-sections.js";
import type { LiveRevision } from "./live-revision.js";
import { manifestOfGroup } from "./manifest.js";
import { storedManifest } from "./stored-manifest.js";
import { contentOf, writeRevision } from "./write-revision.js";

/** A revision and what its groups would be given beside its content now. */
export interface Repetition {
  readonly revision: LiveRevision;
  readonly installation: ReadonlyMap<string, InstallationSections>;
  /** The groups' present sections that differ from what was sent; empty when nodes would get what they have. */
  readonly newsFor: readonly string[];
}

/** Makes the installation sections of a revision that some nodes run anew. @param isNews tells the sections that were sent from those */
export async function repetitionOf(
  tx: FleetTransaction,
  revision: LiveRevision,
  material: EnvelopeMaterial,
  isNews: (sent: Manifest, installation: Manifest) => boolean,
): Promise<Repetition> {
  const rows = await tx.revisionGroup.findMany({ where: { revision: revision.number }, select: { groupId: true, manifest: true } });
  const sent = new Map(rows.map((row) => [row.groupId, storedManifest(row.manifest)]));
  const installation = new Map<string, InstallationSections>();
  const newsFor: string[] = [];
  for (const group of await groupsOf(tx, revision)) {
    const before = sent.get(group.id);
    // A group that no revision has served yet gets the newest as soon as its first node asks.
    if (before === undefined) continue;
    const sections = await installationSections(tx, { group, declared: manifestOfGroup(revision.manifest, group.spec) }, material);
    installation.set(group.id, sections);
    if (isNews(before, sections.manifest)) newsFor.push(group.id);
  }
  return { revision, installation, newsFor };
}

/** The groups with the specs that this revision made live. */
async function groupsOf(tx: FleetTransaction, { number }: LiveRevision) {
  const { groups, differing } = await groupSelections(tx, number);
  return publishedGroups(groups, differing, new Set());
}

interface Repeat {
  readonly comment: string;
  /** Other contents that nodes go on running beside it. */
  readonly kept: readonly Manifest[];
  readonly installation?: ReadonlyMap<string, InstallationSections>;
}

/** A new revision with the content of this one, hence its root hash. The caller holds the lock. @returns its number */
export async function repeatRevision(
  tx: FleetTransaction,
  actor: Actor,
  revision: LiveRevision,
  { comment, kept, installation }: Repeat,
  material: EnvelopeMaterial,
): Promise<number> {
  const repeated = { manifest: revision.manifest, changes: [], rolledBackFrom: null, reissueOf: contentOf(revision), live: revision };
  const groups = await groupsOf(tx, revision);
  const more = installation === undefined ? {} : { installation };
  return writeRevision(tx, actor, { ...repeated, comment: comment.slice(0, 500), kept, groups, ...more }, material);
}
