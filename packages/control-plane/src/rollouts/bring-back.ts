import type { FleetTransaction } from "@sallyport/data";
import type { Actor } from "../access/actor.js";
import { recordAudit } from "../audit/record-audit.js";
import { groupSelections, publishedGroups } from "../publish/group-selection.js";
import { differingSections } from "../publish/manifest.js";
import { publishedRevision } from "../publish/published-revision.js";
import type { RevisionParts } from "../publish/revision-parts.js";
import { revisionChanges, writeRevision } from "../publish/write-revision.js";
import { forgetUnnamedValues } from "../secrets/publish-secrets.js";
import { settleRollout } from "./settle-rollout.js";
import type { Rollout } from "./unsettled-rollout.js";

interface Back {
  readonly rollout: Rollout;
  readonly comment: string;
}

/**
 * Ends a rollout with a new revision of the old content, for all nodes: those that never left it find nothing new in it. Nobody is asked for
 * a word: it is what the nodes of later stages have been serving all the time. The caller holds the lock.
 * @returns the new revision's number
 */
export async function bringBack(
  tx: FleetTransaction,
  actor: Actor,
  { rollout, comment }: Back,
  parts: Pick<RevisionParts, "material" | "readLive" | "sections">,
): Promise<number> {
  const material = await parts.material();
  const at = new Date(material.clock.now());
  const live = await parts.readLive(tx);
  const old = await publishedRevision(tx, rollout.held);
  if (live === null || old === null) throw new Error(`A revision of the rollout of ${rollout.revision} is not there.`);
  const { groups, differing } = await groupSelections(tx, old.number);
  const { manifest } = old;
  const changes = revisionChanges(live.manifest, manifest, differingSections(live.manifest, manifest));
  const made = {
    ...{ manifest, changes, comment: comment.slice(0, 500), rolledBackFrom: rollout.base, reissueOf: null, live },
    ...{ groups: publishedGroups(groups, differing, new Set()), before: { ...live.manifest, ...manifest } },
  };
  const revision = await writeRevision(tx, actor, made, material);
  await settleRollout(tx, rollout, "rolled_back", { at, endedBy: revision });
  const entry = {
    action: "rollout.rollback",
    targetKind: "Rollout",
    targetName: String(rollout.revision),
    after: { revision, content: rollout.base },
  };
  await recordAudit(tx, actor, [entry], at);
  await forgetUnnamedValues(tx, parts.sections, [manifest]);
  return revision;
}
