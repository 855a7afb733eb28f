import type { FleetTransaction } from "@sallyport/data";
import type { NackError } from "@sallyport/snapshot/protocol";
import { SILENT_AFTER_MS } from "../nodes/node-state.js";
import { parseNackErrors } from "../revisions/node-states.js";
import { measuredOf, type NodeDecisions, readDecisions } from "./decisions.js";
import type { Facts, StageNode } from "./judge.js";
import { candidatesOf, isLastStage, isStaged, type Rollout } from "./unsettled-rollout.js";

/** A delta that did not come out right is followed by everything; only when that is refused as well is it the revision's fault. */
const MISMATCH_COUNTS_AFTER_MS = 10_000;

/** A node of the rollout's groups, and where it stands. */
export interface RolloutMember extends StageNode {
  readonly id: string;
  readonly group: string;
  /** Null for one that joined meanwhile: it comes with the last stage. */
  readonly stage: number | null;
  readonly reachedAt: Date | null;
  /** When it said that it has the new content. */
  readonly appliedAt: Date | null;
  readonly applyMs: number | null;
  /** What it runs. */
  readonly revision: number | null;
  readonly decisions: NodeDecisions;
}

interface Refused {
  readonly at: Date;
  readonly errors: readonly NackError[];
}

/**
 * Every active node of the rollout's groups, by name; of one that is settled every node that took part, also those that were revoked since.
 * @param now ms since the epoch
 */
export async function readMembers(tx: FleetTransaction, rollout: Rollout, now: number): Promise<RolloutMember[]> {
  const candidates = await candidatesOf(tx, rollout);
  const assigned = await tx.rolloutNode.findMany({ where: { revision: rollout.revision } });
  const [nodes, deliveries, decisions] = await Promise.all([
    tx.node.findMany({
      where: rollout.settledAt === null ? { status: "active" } : { id: { in: assigned.map(({ nodeId }) => nodeId) } },
      orderBy: { name: "asc" },
      select: {
        ...{ id: true, name: true, groupId: true, lastSeenAt: true, appliedRevision: true, nackedRevision: true },
        group: { select: { name: true } },
      },
    }),
    tx.revisionDelivery.findMany({ where: { revision: { in: [...candidates] } }, orderBy: { revision: "asc" } }),
    readDecisions(tx, rollout, now),
  ]);
  const places = new Map(assigned.map((each) => [each.nodeId, each]));
  const reports = new Map<string, typeof deliveries>();
  for (const delivery of deliveries) {
    const earlier = reports.get(delivery.nodeId);
    if (earlier === undefined) reports.set(delivery.nodeId, [delivery]);
    else earlier.push(delivery);
  }
  return nodes
    .filter(({ groupId }) => isStaged(rollout, groupId))
    .map((node) => {
      const place = places.get(node.id);
      const told = reports.get(node.id) ?? [];
      const applied = told.find(({ state }) => state === "applied");
      const nacked = told.find(({ state, revision }) => state === "refused" && revision === node.nackedRevision);
      return {
        ...{ id: node.id, name: node.name, group: node.group.name, stage: place?.stage ?? null, reachedAt: place?.reachedAt ?? null },
        wasConnected: place?.connected ?? false,
        connected: node.lastSeenAt !== null && now - node.lastSeenAt.getTime() <= SILENT_AFTER_MS,
        hasNewContent: node.appliedRevision !== null && candidates.has(node.appliedRevision),
        refusal: nacked === undefined ? null : refusalOf({ at: nacked.at, errors: parseNackErrors(nacked.errors) }, now),
        ...{ appliedAt: applied?.at ?? null, applyMs: applied?.applyMs ?? null, revision: node.appliedRevision },
        decisions: decisions.get(node.id) ?? { after: { total: 0, refused: 0 }, before: null },
      };
    });
}

function refusalOf({ at, errors }: Refused, now: number): readonly NackError[] | null {
  const isMismatch = errors.length > 0 && errors.every(({ code }) => code === "hash_mismatch");
  return isMismatch && now - at.getTime() < MISMATCH_COUNTS_AFTER_MS ? null : errors;
}

/** Whether the node is offered the new content by now. */
export const isReached = (rollout: Rollout, { stage }: Pick<RolloutMember, "stage">): boolean =>
  stage === null ? isLastStage(rollout) : stage <= rollout.stage;

/** What the next step of a rollout depends on. @param now ms since the epoch */
export async function readFacts(tx: FleetTransaction, rollout: Rollout, now: number): Promise<Facts> {
  const members = await readMembers(tx, rollout, now);
  return {
    ...{
      plan: rollout.plan,
      stage: rollout.stage,
      soakFrom: rollout.soakFrom,
      suspectSince: rollout.suspectSince,
      isPaused: rollout.state === "paused",
      now,
    },
    nodes: members.filter((member) => isReached(rollout, member)),
    measured: measuredOf(new Map(members.map(({ id, decisions }) => [id, decisions]))),
  };
}
