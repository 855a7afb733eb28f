import { type FleetTransaction, withFleet } from "@sallyport/data";
import { contentKeyOf, type Manifest, SEALED_SECTIONS } from "@sallyport/snapshot";
import type { ControlPlaneDeps } from "../deps.js";
import { type EnvelopeMaterial, readGroups, writeGroupEnvelopes } from "../publish/group-envelopes.js";
import type { SectionStore } from "../publish/section-store.js";
import { storedManifest } from "../publish/stored-manifest.js";
import { lockRevisions } from "../publish/write-revision.js";
import { type OfferedNode, readOffer } from "../rollouts/offer.js";
import type { RevisionFeed } from "./revision-feed.js";

/** What nodes of a group should run, in one schema version. */
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
  of(node: OfferedNode, schemaVersion: number): Promise<GroupTarget | null>;
}

export interface GroupTargetsParts {
  readonly sections: SectionStore;
  readonly material: () => Promise<EnvelopeMaterial>;
}

export function createGroupTargets(deps: ControlPlaneDeps, feed: RevisionFeed, parts: GroupTargetsParts): GroupTargets {
  const kept = new Map<string, Promise<GroupTarget | null>>();
  let offer: ReturnType<typeof readOffer> | null = null;
  feed.onChange(() => {
    kept.clear();
    offer = null;
  });

  function currentOffer(): ReturnType<typeof readOffer> {
    if (offer !== null) return offer;
    const reading = withFleet(deps.data.fleet, readOffer);
    offer = reading;
    // A failed look is not remembered.
    reading.catch(() => {
      if (offer === reading) offer = null;
    });
    return reading;
  }

  const find = async (tx: FleetTransaction, groupId: string, schemaVersion: number, number: number): Promise<GroupTarget | null> => {
    const row = await tx.revisionGroup.findUnique({
      where: { revision_groupId_schemaVersion: { revision: number, groupId, schemaVersion } },
      select: { rootHash: true, installationHash: true, manifest: true, envelope: true, of: { select: { epoch: true } } },
    });
    if (row === null) return null;
    const manifest = storedManifest(row.manifest);
    const hash = SEALED_SECTIONS.flatMap((name) => manifest[name] ?? [])[0];
    const contentKey = hash === undefined ? null : contentKeyOf((await parts.sections.get(tx, [hash])).get(hash));
    const { of, ...facts } = row;
    return { ...facts, manifest, contentKey, revision: number, epoch: of.epoch, groupId, schemaVersion };
  };

  /** A group that was made after the revision gets its envelope for it now. */
  async function make(groupId: string, number: number): Promise<void> {
    const material = await parts.material();
    await withFleet(deps.data.fleet, async (tx) => {
      await lockRevisions(tx);
      const revision = await tx.revision.findUnique({
        where: { number },
        select: { number: true, parent: true, createdAt: true, manifest: true },
      });
      const group = (await readGroups(tx)).find(({ id }) => id === groupId);
      if (revision === null || group === undefined) return;
      await writeGroupEnvelopes(tx, { ...revision, manifest: storedManifest(revision.manifest) }, group, material);
    });
  }

  async function load(groupId: string, schemaVersion: number, number: number): Promise<GroupTarget | null> {
    const look = () => withFleet(deps.data.fleet, (tx) => find(tx, groupId, schemaVersion, number));
    const found = await look();
    if (found !== null) return found;
    await make(groupId, number);
    return look();
  }

  return {
    async of(node, schemaVersion) {
      const number = (await currentOffer())?.of(node);
      if (number === undefined) return null;
      const key = `${node.groupId}/${schemaVersion}/${number}`;
      const found = kept.get(key);
      if (found !== undefined) return found;
      const loading = load(node.groupId, schemaVersion, number);
      kept.set(key, loading);
      // A failed look is not remembered.
      loading.catch(() => {
        if (kept.get(key) === loading) kept.delete(key);
      });
      return loading;
    },
  };
}
