import { sectionName, tenantSlug } from "@sallyport/snapshot";
import { z } from "zod";
import { fleet, router } from "@/server/trpc/init";
import { fields } from "@/server/trpc/inputs";

export const draftRouter = router({
  /** For the pill in the header: how much differs from what is live. */
  summary: fleet("draft.read").query(({ ctx }) => ctx.cp.draft.summary(ctx.actor)),
  diff: fleet("draft.read")
    .input(fields({ tenant: tenantSlug.optional() }))
    .query(({ ctx, input }) => ctx.cp.draft.diff(ctx.actor, input)),
  /** Assembles and compiles the draft as a publish would. */
  validate: fleet("draft.read").query(({ ctx }) => ctx.cp.draft.validate(ctx.actor)),
  /** Puts a section's live content back. */
  discard: fleet("tenant.write")
    .input(fields({ section: sectionName }))
    .mutation(({ ctx, input }) => ctx.cp.draft.discard(ctx.actor, input)),
  /** `base` is the live revision that the diff was made against; another one now is a conflict. */
  publish: fleet("revision.publish")
    .input(
      fields({
        comment: z.string().max(2000),
        base: z.int().min(1).nullable(),
        sections: z.array(sectionName).min(1).optional(),
        allowEmpty: z.boolean().optional(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.cp.draft.publish(ctx.actor, input)),
});
