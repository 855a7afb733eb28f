import type { FleetTransaction } from "@sallyport/data";
import { isInstallationSection, type Manifest, SEED_KEYS_SECTION } from "@sallyport/snapshot";
import type { Actor } from "../access/actor.js";
import type { EnvelopeMaterial } from "./group-envelopes.js";
import { groupSelections, publishedGroups } from "./group-selection.js";
import { type InstallationSections, installationSections } from "./installation-sections.js";
import type { ReadLive } from "./live-revision.js";
import { manifestOfGroup } from "./manifest.js";
import { storedManifest } from "./stored-manifest.js";
import { contentOf, writeRevision } from "./write-revision.js";

/**
 * Brings installation data that changed to the nodes: a new revision with what is live already, hence with its root hash, and new
 * installation sections. In the transaction of the change itself, which holds the revisions' lock: neither is ever there without the other.
 * @param comment what changed, in one sentence
 * @returns the revision; null when nothing is live, or nodes would get what they have
 */
export type Reissue = (tx: FleetTransaction, actor: Actor, comment: string) => Promise<number | null>;

export function createReissue(parts: { readonly readLive: ReadLive; readonly material: () => Promise<EnvelopeMaterial> }): Reissue {
  return async (tx, actor, comment) => {
    const live = await parts.readLive(tx);
    if (live === null) return null;
    const material = await parts.material();
    const { groups, differing } = await groupSelections(tx, live.number);
    const published = publishedGroups(groups, differing, new Set());
    const rows = await tx.revisionGroup.findMany({ where: { revision: live.number }, select: { groupId: true, manifest: true } });
    const sent = new Map(rows.map((row) => [row.groupId, storedManifest(row.manifest)]));
    const installation = new Map<string, InstallationSections>();
    let isNews = false;
    for (const group of published) {
      const before = sent.get(group.id);
      // A group that no revision has served yet gets the newest as soon as its first node asks.
      if (before === undefined) continue;
      const sections = await installationSections(tx, { group, declared: manifestOfGroup(live.manifest, group.spec) }, material);
      installation.set(group.id, sections);
      if (differs(before, sections.manifest)) isNews = true;
    }
    if (!isNews) return null;
    const repeated = { manifest: live.manifest, changes: [], rolledBackFrom: null, reissueOf: contentOf(live), installation };
    return writeRevision(tx, actor, { ...repeated, comment: comment.slice(0, 500), live, groups: published }, material);
  };
}

/** Whether nodes that have `sent` would get something else. */
function differs(sent: Manifest, installation: Manifest): boolean {
  const had = Object.keys(sent).filter((name) => isInstallationSection(name) && name !== SEED_KEYS_SECTION);
  return had.length !== Object.keys(installation).length || had.some((name) => sent[name] !== installation[name]);
}
