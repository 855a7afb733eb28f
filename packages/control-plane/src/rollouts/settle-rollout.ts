import { type FleetTransaction, notify } from "@sallyport/data";
import { NODES_CHANGED } from "../node-api/revision-feed.js";
import { publishedRevision } from "../publish/published-revision.js";
import type { SectionStore } from "../publish/section-store.js";
import { REVISION_CHANNEL } from "../publish/write-revision.js";
import { settleRevocations } from "../revocations/settle-revocations.js";
import { forgetUnnamedValues } from "../secrets/publish-secrets.js";
import type { Rollout } from "./unsettled-rollout.js";

/** From here on every node is to run the newest revision. @param endedBy the revision that took its place; null when it came to its end */
export async function settleRollout(
  tx: FleetTransaction,
  { revision }: Pick<Rollout, "revision">,
  state: "completed" | "rolled_back" | "superseded",
  { at, endedBy }: { readonly at: Date; readonly endedBy: number | null },
): Promise<void> {
  await tx.rollout.update({ where: { revision }, data: { state, settledAt: at, endedBy, version: { increment: 1 } } });
  await notify(tx, REVISION_CHANNEL, NODES_CHANGED);
}

/** Every node has the new content: what was kept for the old one alone goes. */
export async function completeRollout(tx: FleetTransaction, rollout: Rollout, sections: SectionStore, at: Date): Promise<void> {
  await settleRollout(tx, rollout, "completed", { at, endedBy: null });
  const [candidate, held] = [await publishedRevision(tx, rollout.candidate), await publishedRevision(tx, rollout.held)];
  if (candidate === null || held === null) throw new Error(`A revision of the rollout of ${rollout.revision} is not there.`);
  const { number, manifest } = candidate;
  await settleRevocations(tx, { number, createdAt: at, manifest, before: { ...manifest, ...held.manifest }, kept: [] });
  await forgetUnnamedValues(tx, sections, [manifest]);
}
