import type { FleetTransaction, Prisma } from "@sallyport/data";
import { z } from "zod";
import { type RolloutPlan, rolloutPlan } from "./rollout-plan.schemas.js";

export const ROLLOUT = {
  ...{ revision: true, base: true, candidate: true, held: true, plan: true, groups: true, state: true, stage: true, stageAt: true, soakFrom: true },
  ...{ suspectSince: true, halt: true, haltedAt: true, createdAt: true, settledAt: true, endedBy: true, version: true },
} as const satisfies Prisma.RolloutSelect;
type Stored = Prisma.RolloutGetPayload<{ select: typeof ROLLOUT }>;

/** A rollout as it is stored, its plan and groups read. */
export interface Rollout extends Omit<Stored, "plan" | "groups"> {
  readonly plan: RolloutPlan;
  /** Ids of the groups in stages; null for all of them. */
  readonly groups: readonly string[] | null;
}

const groupIds = z.array(z.uuid()).nullable();

export const toRollout = ({ plan, groups, ...row }: Stored): Rollout => ({ ...row, plan: rolloutPlan.parse(plan), groups: groupIds.parse(groups) });

/** The rollout that nodes run two contents of; null when all are meant to run the newest revision. There is one at most. */
export async function findUnsettled(tx: FleetTransaction): Promise<Rollout | null> {
  const row = await tx.rollout.findFirst({ where: { settledAt: null }, select: ROLLOUT });
  return row === null ? null : toRollout(row);
}

/** Whether the rollout holds nodes of this group back. */
export const isStaged = ({ groups }: Pick<Rollout, "groups">, groupId: string): boolean => groups?.includes(groupId) ?? true;

export const isLastStage = ({ stage, plan }: Pick<Rollout, "stage" | "plan">): boolean => stage >= plan.stages.length - 1;

/** Numbers of all revisions with the new content: the published one and its reissues. */
export async function candidatesOf(tx: FleetTransaction, { revision }: Pick<Rollout, "revision">): Promise<ReadonlySet<number>> {
  const rows = await tx.revision.findMany({ where: { OR: [{ number: revision }, { reissueOf: revision }] }, select: { number: true } });
  return new Set(rows.map(({ number }) => number));
}
