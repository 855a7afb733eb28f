import { z } from "zod";

const when = z.date();
const decisions = z.object({ total: z.number(), refused: z.number() });
const measured = { after: decisions, before: decisions, others: decisions };
const errors = z.array(z.object({ code: z.string(), path: z.string(), message: z.string() })).readonly();

export const rolloutRow = z
  .object({
    revision: z.number(),
    base: z.number(),
    comment: z.string(),
    authorName: z.string(),
    state: z.enum(["running", "paused", "halted", "aborted", "completed", "rolled_back", "superseded"]),
    stage: z.number(),
    stages: z.number(),
    createdAt: when,
    settledAt: when.nullable(),
    endedBy: z.number().nullable(),
    halted: z.string().nullable(),
  })
  .meta({ id: "RolloutRow" });

export const rolloutView = rolloutRow
  .extend({
    plan: z.object({
      groups: z.array(z.string()).optional(),
      stages: z.array(
        z.object({
          percent: z.number().optional(),
          groups: z.array(z.string()).optional(),
          nodes: z.array(z.string()).optional(),
          soakSeconds: z.number(),
          promote: z.enum(["automatic", "manual"]),
        }),
      ),
      halt: z.object({ refusalRise: z.number(), minRequests: z.number() }),
      rollback: z.enum(["automatic", "manual"]),
    }),
    candidate: z.number(),
    held: z.number(),
    stageAt: when,
    soakFrom: when.nullable(),
    soakUntil: when.nullable(),
    waitsFor: z.enum(["nodes", "soak", "promotion", "resume", "judgement"]).nullable(),
    haltedAt: when.nullable(),
    halt: z
      .discriminatedUnion("kind", [
        z.object({ kind: z.literal("nack"), node: z.string(), errors }),
        z.object({ kind: z.literal("refusals"), rise: z.number(), allowed: z.number(), ...measured }),
      ])
      .nullable(),
    measured: z.object({ ...measured, rise: z.number().nullable() }).nullable(),
    nodes: z
      .array(
        z.object({
          name: z.string(),
          group: z.string(),
          stage: z.number().nullable(),
          state: z.enum(["held", "pending", "applied", "refused", "returned", "silent"]),
          revision: z.number().nullable(),
          appliedAt: when.nullable(),
          tookMs: z.number().nullable(),
          applyMs: z.number().nullable(),
          errors,
          after: decisions,
          before: decisions.nullable(),
        }),
      )
      .readonly(),
  })
  .meta({ id: "Rollout" });
