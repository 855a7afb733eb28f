import type { FleetTransaction } from "@sallyport/data";
import { type NackError, nackError } from "@sallyport/snapshot/protocol";
import { z } from "zod";
import { measuredOf, type NodeDecisions } from "./decisions.js";
import { inSentence } from "./halt-sentence.js";
import { type Decisions, type Halt, type Measured, nextStep, riseOfRefusals } from "./judge.js";
import { isReached, type RolloutMember, readMembers } from "./read-facts.js";
import type { RolloutPlan } from "./rollout-plan.schemas.js";
import { isLastStage, type Rollout } from "./unsettled-rollout.js";

/** A line of the list of rollouts. */
export interface RolloutRow {
  /** The published revision. */
  readonly revision: number;
  /** The published revision that a rollback brings back. */
  readonly base: number;
  readonly comment: string;
  readonly authorName: string;
  readonly state: Rollout["state"];
  /** From 1. */
  readonly stage: number;
  readonly stages: number;
  readonly createdAt: Date;
  readonly settledAt: Date | null;
  /** The revision that ended it, by a rollback or in its place. */
  readonly endedBy: number | null;
  /** Why it halted, in one sentence; null when it never did. */
  readonly halted: string | null;
}

/** Where a rollout stands at one node. */
export interface RolloutNode {
  readonly name: string;
  readonly group: string;
  /** From 1; null for one that joined meanwhile and comes with the last stage. */
  readonly stage: number | null;
  /** `held`: keeps the old content. `pending`: is offered the new one and has not said yet. `returned`: is back at the old content. */
  readonly state: "held" | "pending" | "applied" | "refused" | "returned" | "silent";
  /** What it runs. */
  readonly revision: number | null;
  readonly appliedAt: Date | null;
  /** From the opening of its stage to its word that it runs the new content, ms; late by the way of that word. */
  readonly tookMs: number | null;
  readonly applyMs: number | null;
  readonly errors: readonly NackError[];
  readonly after: Decisions;
  readonly before: Decisions | null;
}

export interface RolloutDetail extends RolloutRow {
  readonly plan: RolloutPlan;
  /** The newest revisions with the new and with the old content: reissues raise both. */
  readonly candidate: number;
  readonly held: number;
  readonly stageAt: Date;
  /** Since when every node of the stage has it, and when its time is over; null while they have not. */
  readonly soakFrom: Date | null;
  readonly soakUntil: Date | null;
  /** What it waits for; null when nothing moves it on by itself. */
  readonly waitsFor: "nodes" | "soak" | "promotion" | "resume" | "judgement" | null;
  readonly haltedAt: Date | null;
  readonly halt: Halt | null;
  /** Null once it is settled: what was measured at a halt stands in `halt`. */
  readonly measured: (Measured & { readonly rise: number | null }) | null;
  readonly nodes: readonly RolloutNode[];
}

const decisions = z.object({ total: z.number(), refused: z.number() });
const storedHalt = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("nack"), node: z.string(), errors: z.array(nackError) }),
  z.object({ kind: z.literal("refusals"), rise: z.number(), allowed: z.number(), after: decisions, before: decisions, others: decisions }),
]);

const haltOf = ({ halt }: Rollout): Halt | null => storedHalt.safeParse(halt).data ?? null;

interface Written {
  readonly comment: string;
  readonly authorName: string;
}

function toRow(rollout: Rollout, { comment, authorName }: Written): RolloutRow {
  const { revision, base, state, stage, plan, createdAt, settledAt, endedBy } = rollout;
  const halt = haltOf(rollout);
  return {
    ...{ revision, base, comment, authorName, state, stage: stage + 1, stages: plan.stages.length, createdAt, settledAt, endedBy },
    halted: halt === null ? null : inSentence(halt),
  };
}

/** Rows of rollouts, with who published each and why. */
export async function readRows(tx: FleetTransaction, rollouts: readonly Rollout[]): Promise<RolloutRow[]> {
  const numbers = rollouts.map(({ revision }) => revision);
  const rows = await tx.revision.findMany({ where: { number: { in: numbers } }, select: { number: true, comment: true, authorName: true } });
  const written = new Map(rows.map((row) => [row.number, row]));
  return rollouts.map((rollout) => toRow(rollout, written.get(rollout.revision) ?? { comment: "", authorName: "" }));
}

function stateOf(rollout: Rollout, member: RolloutMember): RolloutNode["state"] {
  const { settledAt, endedBy, state } = rollout;
  if (state === "rolled_back" && endedBy !== null && member.revision !== null && member.revision >= endedBy) {
    return member.appliedAt === null && member.reachedAt === null ? "held" : "returned";
  }
  if (member.refusal !== null) return "refused";
  if (member.hasNewContent || (settledAt !== null && member.appliedAt !== null)) return "applied";
  if (!isReached(rollout, member)) return "held";
  return member.connected ? "pending" : "silent";
}

function toNode(rollout: Rollout, member: RolloutMember): RolloutNode {
  const { name, group, stage, revision, appliedAt, reachedAt, applyMs, refusal } = member;
  const { after, before }: NodeDecisions = member.decisions;
  return {
    ...{ name, group, stage: stage === null ? null : stage + 1, state: stateOf(rollout, member), revision, appliedAt, applyMs },
    tookMs: appliedAt === null || reachedAt === null ? null : Math.max(0, appliedAt.getTime() - reachedAt.getTime()),
    ...{ errors: refusal ?? [], after, before },
  };
}

/** One rollout with its nodes. @param now ms since the epoch */
export async function readDetail(tx: FleetTransaction, rollout: Rollout, now: number): Promise<RolloutDetail> {
  const [row] = await readRows(tx, [rollout]);
  if (row === undefined) throw new Error("A rollout has a row.");
  const members = await readMembers(tx, rollout, now);
  const { plan, candidate, held, stageAt, soakFrom, suspectSince, haltedAt, stage, settledAt, state } = rollout;
  const measured = measuredOf(new Map(members.map(({ id, decisions: of }) => [id, of])));
  const soakMs = (plan.stages[stage]?.soakSeconds ?? 0) * 1_000;
  const facts = { plan, stage, soakFrom, suspectSince, isPaused: state === "paused", measured, now };
  const step = nextStep({ ...facts, nodes: members.filter((member) => isReached(rollout, member)) });
  const moves = state === "running" || state === "paused";
  return {
    ...row,
    ...{ plan, candidate, held, stageAt, soakFrom, haltedAt },
    soakUntil: soakFrom === null || (isLastStage(rollout) && soakMs === 0) ? null : new Date(soakFrom.getTime() + soakMs),
    waitsFor: !moves ? null : step.kind === "wait" ? step.for : step.kind === "suspect" && step.since !== null ? "judgement" : null,
    halt: haltOf(rollout),
    measured: settledAt !== null ? null : { ...measured, rise: riseOfRefusals(measured, plan.halt.minRequests) },
    nodes: members.map((member) => toNode(rollout, member)),
  };
}
