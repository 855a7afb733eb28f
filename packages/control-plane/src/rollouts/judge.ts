import type { NackError } from "@sallyport/snapshot/protocol";
import type { RolloutPlan } from "./rollout-plan.schemas.js";

/** Requests that were decided, and how many of them were refused. */
export interface Decisions {
  readonly total: number;
  readonly refused: number;
}

/** The decisions that a rise of refusals is told by. */
export interface Measured {
  /** At nodes with the new content, lately and since the stage was opened. */
  readonly after: Decisions;
  /** At the same nodes, in the minutes before they were reached. */
  readonly before: Decisions;
  /** At nodes that keep the old content, in the same time. */
  readonly others: Decisions;
}

/** Why a rollout halted. */
export type Halt =
  | { readonly kind: "nack"; readonly node: string; readonly errors: readonly NackError[] }
  | ({ readonly kind: "refusals" /** Percentage points. */; readonly rise: number; readonly allowed: number } & Measured);

/** A node of a stage that was reached. */
export interface StageNode {
  readonly name: string;
  /** Could it be reached when its stage was opened? */
  readonly wasConnected: boolean;
  readonly connected: boolean;
  readonly hasNewContent: boolean;
  /** Why it does not take the new content; null while it does not say so. */
  readonly refusal: readonly NackError[] | null;
}

/** All that the next step depends on. */
export interface Facts {
  readonly plan: RolloutPlan;
  readonly stage: number;
  readonly soakFrom: Date | null;
  /** Since when the rise has been there; null while it is not. */
  readonly suspectSince: Date | null;
  readonly isPaused: boolean;
  readonly nodes: readonly StageNode[];
  readonly measured: Measured;
  /** ms since the epoch */
  readonly now: number;
}

export type Step =
  | { readonly kind: "wait"; readonly for: "nodes" | "soak" | "promotion" | "resume" | "judgement" }
  /** More is refused than is allowed, from now on, or no longer. */
  | { readonly kind: "suspect"; readonly since: Date | null }
  | { readonly kind: "halt"; readonly halt: Halt }
  /** Every node of the stage has it, or no longer: the time counts from now, or not at all. */
  | { readonly kind: "soak"; readonly from: Date | null }
  | { readonly kind: "open"; readonly stage: number }
  | { readonly kind: "complete" };

/** Nodes tell of decisions every five seconds, each at its own time: a rise that is everywhere is seen at one of them first. */
const RISE_COUNTS_AFTER_MS = 6_000;

const shareOf = ({ total, refused }: Decisions): number => (total === 0 ? 0 : (100 * refused) / total);

/**
 * By how many percentage points more is refused: the smaller one of the rises against the same nodes before and against the others now,
 * so that what rises everywhere is not held against the revision.
 * @returns null while there is too little traffic to tell
 */
export function riseOfRefusals({ after, before, others }: Measured, minRequests: number): number | null {
  if (after.total < minRequests) return null;
  const references = [before, others].filter(({ total }) => total >= minRequests);
  if (references.length === 0) return null;
  return Math.min(...references.map((reference) => shareOf(after) - shareOf(reference)));
}

/** What a rollout does next; the same facts give the same step, whoever asks. */
export function nextStep({ plan, stage, soakFrom, suspectSince, isPaused, nodes, measured, now }: Facts): Step {
  for (const { name, refusal } of nodes) if (refusal !== null) return { kind: "halt", halt: { kind: "nack", node: name, errors: refusal } };
  const { refusalRise: allowed, minRequests } = plan.halt;
  const rise = riseOfRefusals(measured, minRequests);
  const isRise = rise !== null && rise >= allowed;
  if (isRise !== (suspectSince !== null)) return { kind: "suspect", since: isRise ? new Date(now) : null };
  if (isRise && suspectSince !== null) {
    if (now - suspectSince.getTime() < RISE_COUNTS_AFTER_MS) return { kind: "wait", for: "judgement" };
    return { kind: "halt", halt: { kind: "refusals", rise, allowed, ...measured } };
  }
  if (isPaused) return { kind: "wait", for: "resume" };
  const expected = nodes.filter(({ connected, wasConnected }) => connected || wasConnected);
  // Of nodes that nobody hears from nothing is known: a stage of such nodes alone proves nothing.
  const isThere = expected.every(({ connected, hasNewContent }) => connected && hasNewContent) && (expected.length > 0 || nodes.length === 0);
  if (!isThere) return soakFrom === null ? { kind: "wait", for: "nodes" } : { kind: "soak", from: null };
  if (soakFrom === null) return { kind: "soak", from: new Date(now) };
  const { soakSeconds, promote } = plan.stages[stage] ?? { soakSeconds: 0, promote: "automatic" };
  if (now - soakFrom.getTime() < soakSeconds * 1_000) return { kind: "wait", for: "soak" };
  if (stage >= plan.stages.length - 1) return { kind: "complete" };
  return promote === "manual" ? { kind: "wait", for: "promotion" } : { kind: "open", stage: stage + 1 };
}
