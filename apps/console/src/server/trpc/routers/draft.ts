import { publishInput } from "@sallyport/control-plane";
import { sectionName, tenantSlug } from "@sallyport/snapshot";
import { fleet, router } from "@/server/trpc/init";
import { fields, parsed } from "@/server/trpc/inputs";

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
    .input(parsed(publishInput))
    .mutation(({ ctx, input }) => ctx.cp.draft.publish(ctx.actor, input)),
});
