import { z } from "zod";
import { breakGlass } from "../approvals/approvals.schemas.js";
import { overrule } from "../policy-tests/policy-tests.schemas.js";
import { rolloutPlan } from "../rollouts/rollout-plan.schemas.js";

/** Why the revision was made; everybody who reads the history reads it. */
const comment = z.string().trim().min(1, "say in one sentence what this changes and why").max(500, "at most 500 characters");

/** A revision's number: what the column can hold. */
export const revisionNumber = z.int().min(1).max(2_147_483_647);

/** What a route that opens asks to be typed; the review says it. */
const confirm = z.string().max(200).optional();

export const publishInput = z.strictObject({
  comment,
  /** The revision that the author compared with; null before the first. Another live one by now is a conflict. */
  base: revisionNumber.nullable(),
  /** Sections to publish, `tenants/acme`; absent means everything that differs. */
  sections: z.array(z.string().max(128)).min(1, "choose at least one section").max(100_000).optional(),
  /** Publishing a configuration without any tenant is refused unless it is meant. */
  allowEmpty: z.boolean().default(false),
  /** Ids of the warnings that were seen and are meant. One that is missing refuses the publish. */
  acknowledge: z.array(z.string().max(512)).max(10_000).default([]),
  /** The word, where a route opens that is protected now: `acme/main`. */
  confirm,
  /** Publishing although policy tests fail: the word, and why it is right all the same. */
  overrule: overrule.optional(),
  /** Publishing without the approval that this installation asks for. */
  breakGlass: breakGlass.optional(),
  /** In stages; absent means to all nodes at once. */
  rollout: rolloutPlan.optional(),
  /** Takes the place of a rollout that is under way, which refuses the publish else. */
  supersede: z.boolean().default(false),
});
export type PublishInput = z.input<typeof publishInput>;

export const rollbackInput = z.strictObject({
  /** The revision whose content comes back. */
  to: revisionNumber,
  comment,
  /** The word, where the older content opens a route that is protected now. */
  confirm,
});
export type RollbackInput = z.input<typeof rollbackInput>;
