import { type FleetTransaction, withFleet } from "@sallyport/data";
import { contentKeyOf, type Manifest, SEALED_SECTIONS } from "@sallyport/snapshot";
import type { ControlPlaneDeps } from "../deps.js";
import { type EnvelopeMaterial, readGroups, writeGroupEnvelopes } from "../publish/group-envelopes.js";
import type { SectionStore } from "../publish/section-store.js";
import { storedManifest } from "../publish/stored-manifest.js";
import { lockRevisions } from "../publish/write-revision.js";
import type { RevisionFeed } from "./revision-feed.js";

/** What the nodes of a group should run, in one schema version. */
export interface GroupTarget {
  readonly revision: number;
  readonly epoch: number;
  readonly groupId: string;
  readonly schemaVersion: number;
  readonly rootHash: string;
  readonly installationHash: string;
  readonly manifest: Manifest;
  /** Compact JWS. */
  readonly envelope: string;
  /** Id of the content key that its secrets are sealed with; null where it has none. */
  readonly contentKey: string | null;
}

export interface GroupTargets {
  /** Null before the first publish. Kept until the feed tells of a change. */
  of(groupId: string, schemaVersion: number): Promise<GroupTarget | null>;
}

export interface GroupTargetsParts {
  readonly sections: SectionStore;
  readonly material: () => Promise<EnvelopeMaterial>;
}

export function createGroupTargets(deps: ControlPlaneDeps, feed: RevisionFeed, parts: GroupTargetsParts): GroupTargets {
  const kept = new Map<string, Promise<GroupTarget | null>>();
  feed.onChange(() => kept.clear());

  const find = async (tx: FleetTransaction, groupId: string, schemaVersion: number): Promise<GroupTarget | "absent" | null> => {
    const newest = await tx.revision.findFirst({ orderBy: { number: "desc" }, select: { number: true, epoch: true } });
    if (newest === null) return null;
    const row = await tx.revisionGroup.findUnique({
      where: { revision_groupId_schemaVersion: { revision: newest.number, groupId, schemaVersion } },
      select: { rootHash: true, installationHash: true, manifest: true, envelope: true },
    });
    if (row === null) return "absent";
    const manifest = storedManifest(row.manifest);
    const hash = SEALED_SECTIONS.flatMap((name) => manifest[name] ?? [])[0];
    const contentKey = hash === undefined ? null : contentKeyOf((await parts.sections.get(tx, [hash])).get(hash));
    return { ...row, manifest, contentKey, revision: newest.number, epoch: newest.epoch, groupId, schemaVersion };
  };

  /** A group that was made after the live revision gets its envelope for it now. */
  async function make(groupId: string): Promise<void> {
    const material = await parts.material();
    await withFleet(deps.data.fleet, async (tx) => {
      await lockRevisions(tx);
      const revision = await tx.revision.findFirst({
        orderBy: { number: "desc" },
        select: { number: true, parent: true, createdAt: true, manifest: true },
      });
      const group = (await readGroups(tx)).find(({ id }) => id === groupId);
      if (revision === null || group === undefined) return;
      await writeGroupEnvelopes(tx, { ...revision, manifest: storedManifest(revision.manifest) }, group, material);
    });
  }

  async function load(groupId: string, schemaVersion: number): Promise<GroupTarget | null> {
    const look = () => withFleet(deps.data.fleet, (tx) => find(tx, groupId, schemaVersion));
    const found = await look();
    if (found !== "absent") return found;
    await make(groupId);
    const made = await look();
    return made === "absent" ? null : made;
  }

  return {
    of(groupId, schemaVersion) {
      const key = `${groupId}/${schemaVersion}`;
      const found = kept.get(key);
      if (found !== undefined) return found;
      const loading = load(groupId, schemaVersion);
      kept.set(key, loading);
      // A failed look is not remembered.
      loading.catch(() => {
        if (kept.get(key) === loading) kept.delete(key);
      });
      return loading;
    },
  };
}
