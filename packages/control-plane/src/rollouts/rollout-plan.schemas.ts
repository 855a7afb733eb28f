import { entityName } from "@sallyport/snapshot";
import { z } from "zod";

const rolloutStage = z
  .strictObject({
    /** Of the nodes of each group, rounded up, the nodes of earlier stages included; from 1 to 100. */
    percent: z.int().min(1).max(100).optional(),
    /** Node groups that the percent counts in; absent: all that go in stages. */
    groups: z.array(entityName).min(1).max(100).optional(),
    /** Named nodes, beside those of earlier stages. */
    nodes: z.array(z.string().min(1).max(63)).min(1).max(1_000).optional(),
    /** How long every node of the stage has to run it before the next one is opened, s. */
    soakSeconds: z.int().min(0).max(604_800).default(300),
    /** What opens the next stage: the time, or somebody. */
    promote: z.enum(["automatic", "manual"]).default("automatic"),
  })
  .refine(({ percent, nodes }) => (percent === undefined) !== (nodes === undefined), "takes either percent or nodes")
  .refine(({ groups, nodes }) => groups === undefined || nodes === undefined, "takes groups with percent only; nodes are in theirs");

/** How a revision goes out in stages (docs/rollouts.md). The last stage is all nodes: it is added where it is not named. */
export const rolloutPlan = z
  .strictObject({
    /** Node groups that go in stages; the others get the revision at once. Absent: all of them. */
    groups: z.array(entityName).min(1).max(100).optional(),
    stages: z
      .array(rolloutStage)
      .min(1, "name at least one stage")
      .max(10, "at most 10 stages")
      .refine(isRising, "percents must rise from stage to stage, in each group"),
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
  })
  .superRefine(({ groups, stages }, context) => {
    for (const [index, stage] of stages.entries())
      for (const name of stage.groups ?? [])
        if (groups !== undefined && !groups.includes(name))
          context.addIssue({
            code: "custom",
            path: ["stages", index, "groups"],
            message: `${name} does not go in stages; add it to the plan's groups`,
          });
  });
export type RolloutPlanInput = z.input<typeof rolloutPlan>;
export type RolloutPlan = z.output<typeof rolloutPlan>;
export type RolloutStage = RolloutPlan["stages"][number];

/** Each stage reaches nodes that none before it did, as far as percents tell. */
function isRising(stages: readonly { readonly percent?: number | undefined; readonly groups?: readonly string[] | undefined }[]): boolean {
  let everywhere = 0;
  const reached = new Map<string, number>();
  for (const { percent, groups } of stages) {
    if (percent === undefined) continue;
    const before = groups === undefined ? [everywhere] : groups.map((name) => reached.get(name) ?? everywhere);
    if (before.some((share) => percent <= share)) return false;
    for (const name of groups ?? reached.keys()) reached.set(name, Math.max(reached.get(name) ?? 0, percent));
    if (groups === undefined) everywhere = percent;
  }
  return true;
}

/** The plan with the stage that reaches everybody at its end. */
export function wholePlan(plan: RolloutPlan): RolloutPlan {
  const last = plan.stages.at(-1);
  if (last?.percent === 100 && last.groups === undefined) return plan;
  return { ...plan, stages: [...plan.stages, { percent: 100, soakSeconds: 0, promote: "automatic" }] };
}
