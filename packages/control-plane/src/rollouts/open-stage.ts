import { type FleetTransaction, notify } from "@sallyport/data";
import { failpoint } from "@sallyport/failpoints";
import { NODES_CHANGED } from "../node-api/revision-feed.js";
import { SILENT_AFTER_MS } from "../nodes/node-state.js";
import { REVISION_CHANNEL } from "../publish/write-revision.js";
import { assignStages, type Candidate } from "./assign-stages.js";
import { markDecisions } from "./decisions.js";
import type { RolloutPlan } from "./rollout-plan.schemas.js";
import { isLastStage, isStaged, type Rollout } from "./unsettled-rollout.js";

/** The active nodes of these groups. @param groups ids; null for all @param now ms since the epoch */
async function nodesOf(tx: FleetTransaction, groups: readonly string[] | null, now: number): Promise<(Candidate & { readonly groupId: string })[]> {
  const rows = await tx.node.findMany({
    where: { status: "active", ...(groups === null ? {} : { groupId: { in: [...groups] } }) },
    select: { id: true, name: true, groupId: true, group: { select: { name: true } }, lastSeenAt: true },
  });
  return rows.map(({ lastSeenAt, group, ...node }) => ({
    ...node,
    group: group.name,
    connected: lastSeenAt !== null && now - lastSeenAt.getTime() <= SILENT_AFTER_MS,
  }));
}

/**
 * Lets a stage's nodes have the new content. Whoever waits is woken when the transaction commits.
 * @param now ms since the epoch
 */
export async function openStage(tx: FleetTransaction, rollout: Rollout, stage: number, now: number): Promise<void> {
  const { revision } = rollout;
  const at = new Date(now);
  if (isLastStage({ ...rollout, stage })) {
    // Nodes that came meanwhile are part of it from here on.
    const nodes = (await nodesOf(tx, rollout.groups, now)).filter(({ groupId }) => isStaged(rollout, groupId));
    await tx.rolloutNode.createMany({ skipDuplicates: true, data: nodes.map(({ id }) => ({ revision, nodeId: id, stage })) });
  }
  await markDecisions(tx, { revision, stage }, now);
  await tx.rollout.update({
    where: { revision },
    data: { state: "running", stage, stageAt: at, soakFrom: null, suspectSince: null, version: { increment: 1 } },
  });
  failpoint("rollout.stage_opened");
  await notify(tx, REVISION_CHANNEL, NODES_CHANGED);
}

interface Beginning {
  /** The published revision with the new content, and the one whose content the others keep. */
  readonly revision: number;
  readonly held: number;
  /** The published revision with the content of `held`. */
  readonly base: number;
  readonly plan: RolloutPlan;
  readonly groups: readonly string[] | null;
}

/** Writes down a rollout and opens its first stage, in the transaction that published its revision. @param now ms since the epoch */
export async function beginRollout(tx: FleetTransaction, { revision, held, base, plan, groups }: Beginning, now: number): Promise<void> {
  const at = new Date(now);
  const rollout = {
    revision,
    candidate: revision,
    held,
    base,
    plan,
    stageAt: at,
    createdAt: at,
    ...(groups === null ? {} : { groups: [...groups] }),
  };
  await tx.rollout.create({ data: rollout });
  const stages = assignStages(plan, await nodesOf(tx, groups, now), revision);
  await tx.rolloutNode.createMany({ data: [...stages].map(([nodeId, stage]) => ({ revision, nodeId, stage })) });
  failpoint("rollout.begun");
  const begun = { ...rollout, groups, state: "running" as const, stage: 0, soakFrom: null, suspectSince: null, halt: null, haltedAt: null };
  await openStage(tx, { ...begun, settledAt: null, endedBy: null, version: 1 }, 0, now);
}
