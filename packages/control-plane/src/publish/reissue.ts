import type { FleetTransaction } from "@sallyport/data";
import { SECRETS_SECTION } from "@sallyport/snapshot";
import type { Actor } from "../access/actor.js";
import type { EnvelopeMaterial } from "./group-envelopes.js";
import { groupSelections, publishedGroups } from "./group-selection.js";
import type { ReadLive } from "./live-revision.js";
import { hashOfSection, manifestOfGroup } from "./manifest.js";
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
    const sent = new Map(rows.map((row) => [row.groupId, storedManifest(row.manifest)[SECRETS_SECTION] ?? null]));
    let isNews = false;
    for (const group of published) {
      // A group that no revision has served yet gets the newest as soon as its first node asks.
      if (!sent.has(group.id)) continue;
      const of = { fleet: material.installation.fleetId, group, declared: manifestOfGroup(live.manifest, group.spec) };
      const section = await material.secrets.sectionFor(tx, of);
      if ((section === null ? null : hashOfSection(section)) !== sent.get(group.id)) isNews = true;
    }
    if (!isNews) return null;
    const repeated = { manifest: live.manifest, changes: [], rolledBackFrom: null, reissueOf: contentOf(live) };
    return writeRevision(tx, actor, { ...repeated, comment: comment.slice(0, 500), live, groups: published }, material);
  };
}
