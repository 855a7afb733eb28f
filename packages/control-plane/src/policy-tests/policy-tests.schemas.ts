import { policyTestSpec, tenantSlug } from "@sallyport/snapshot";
import { z } from "zod";

export const runTestsInput = z.strictObject({
  /** Those of one tenant; left out: of all, and those of the whole fleet. */
  tenant: tenantSlug.optional(),
  /** What they are run on: all of the draft, or what is live. */
  on: z.enum(["draft", "live"]).default("draft"),
});
export type RunTestsInput = z.input<typeof runTestsInput>;

/** A test that need not be saved. */
export const tryTestInput = z.strictObject({ spec: policyTestSpec, on: runTestsInput.shape.on });
export type TryTestInput = z.input<typeof tryTestInput>;

/** Publishing although tests fail. */
export const overrule = z.strictObject({
  /** The word that the refusal names. */
  confirm: z.string().max(200),
  /** Why it is right all the same; it stands in the audit log. */
  reason: z.string().trim().min(10, "say in one sentence why this is right although tests fail").max(500, "at most 500 characters"),
});
