import { withFleet } from "@sallyport/data";
import { contentKeyOf, type Manifest, SEALED_SECTIONS } from "@sallyport/snapshot";
import type { ControlPlaneDeps } from "../deps.js";
import { type EnvelopeMaterial, readGroups, writeGroupEnvelopes } from "./group-envelopes.js";
import type { SectionStore } from "./section-store.js";
import { storedManifest } from "./stored-manifest.js";
import { lockRevisions } from "./write-revision.js";

/** What nodes of a group run with one revision, in one schema version. */
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

/** Which one of a group's. */
interface TargetOf {
  readonly groupId: string;
  readonly schemaVersion: number;
  readonly revision: number;
}

/** Reads what a revision is for a group. */
export interface TargetReader {
  /** Null where the revision was never made for the group. */
  find(of: TargetOf): Promise<GroupTarget | null>;
  /** The same, and makes it for a group that is younger than the revision. Only for a revision that the group's nodes are to run now. */
  load(of: TargetOf): Promise<GroupTarget | null>;
}

interface TargetParts {
  readonly sections: SectionStore;
  readonly material: () => Promise<EnvelopeMaterial>;
}

export function createTargetReader(deps: ControlPlaneDeps, parts: TargetParts): TargetReader {
  // What a revision is for a group is written once: it is read without a transaction, whose round trips every waiting node would wait for.
  const find = async ({ groupId, schemaVersion, revision }: TargetOf): Promise<GroupTarget | null> => {
    const { fleet } = deps.data;
    const row = await fleet.revisionGroup.findUnique({
      where: { revision_groupId_schemaVersion: { revision, groupId, schemaVersion } },
      select: { rootHash: true, installationHash: true, manifest: true, envelope: true, of: { select: { epoch: true } } },
    });
    if (row === null) return null;
    const manifest = storedManifest(row.manifest);
    const hash = SEALED_SECTIONS.flatMap((name) => manifest[name] ?? [])[0];
    const contentKey = hash === undefined ? null : contentKeyOf((await parts.sections.get(fleet, [hash])).get(hash));
    const { of, ...facts } = row;
    return { ...facts, manifest, contentKey, revision, epoch: of.epoch, groupId, schemaVersion };
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

  return {
    find,
    async load(of) {
      const found = await find(of);
      if (found !== null) return found;
      await make(of.groupId, of.revision);
      return find(of);
    },
  };
}
