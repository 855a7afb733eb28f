import { entityName } from "@sallyport/snapshot";
import { z } from "zod";

const rolloutStage = z
  .strictObject({
    /** Of the nodes of each group, rounded up, the nodes of earlier stages included; from 1 to 100. */
    percent: z.int().min(1).max(100).optional(),
    /** Named nodes, beside those of earlier stages. */
    nodes: z.array(z.string().min(1).max(63)).min(1).max(1_000).optional(),
    /** How long every node of the stage has to run it before the next one is opened, s. */
    soakSeconds: z.int().min(0).max(604_800).default(300),
    /** What opens the next stage: the time, or somebody. */
    promote: z.enum(["automatic", "manual"]).default("automatic"),
  })
  .refine(({ percent, nodes }) => (percent === undefined) !== (nodes === undefined), "takes either percent or nodes");

/** How a revision goes out in stages (docs/rollouts.md). The last stage is all nodes: it is added where it is not named. */
export const rolloutPlan = z.strictObject({
  /** Node groups that go in stages; the others get the revision at once. Absent: all of them. */
  groups: z.array(entityName).min(1).max(100).optional(),
  stages: z
    .array(rolloutStage)
    .min(1, "name at least one stage")
    .max(10, "at most 10 stages")
    .refine((stages) => isRising(stages.flatMap(({ percent }) => percent ?? [])), "percents must rise from stage to stage"),
  halt: z
    .strictObject({
      /** By how many percentage points the share of refused requests may rise. */
      refusalRise: z.number().min(0.1).max(100).default(5),
      /** Requests that have to be decided before a share says anything. */
      minRequests: z.int().min(1).max(1_000_000).default(100),
    })
    .prefault({}),
  /** What follows a halt: the old content again by itself, or when somebody says so. */
  rollback: z.enum(["automatic", "manual"]).default("automatic"),
});
export type RolloutPlanInput = z.input<typeof rolloutPlan>;
export type RolloutPlan = z.output<typeof rolloutPlan>;
export type RolloutStage = RolloutPlan["stages"][number];

function isRising(percents: readonly number[]): boolean {
  return percents.every((percent, index) => index === 0 || percent > (percents[index - 1] ?? 0));
}

/** The plan with the stage that reaches everybody at its end. */
export function wholePlan(plan: RolloutPlan): RolloutPlan {
  const last = plan.stages.at(-1);
  if (last?.percent === 100) return plan;
  return { ...plan, stages: [...plan.stages, { percent: 100, soakSeconds: 0, promote: "automatic" }] };
}
