import { publishInput, reviewInput } from "@sallyport/control-plane";
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
  /** What a publish of these sections would be: proof, warnings, the word to type, nodes. */
  review: fleet("draft.read")
    .input(parsed(reviewInput))
    .query(({ ctx, input }) => ctx.cp.review.show(ctx.actor, input)),
  /** Whether the identity providers that come or move answer; apart, because it waits for them. */
  probe: fleet("draft.read")
    .input(parsed(reviewInput))
    .query(({ ctx, input }) => ctx.cp.review.probe(ctx.actor, input)),
  /** Puts a section's live content back. */
  discard: fleet("tenant.write")
    .input(fields({ section: sectionName }))
    .mutation(({ ctx, input }) => ctx.cp.draft.discard(ctx.actor, input)),
  /** `base` is the live revision that the diff was made against; another one now is a conflict. Where approvals are asked for, it waits. */
  publish: fleet("revision.publish")
    .input(parsed(publishInput))
    .mutation(({ ctx, input }) => ctx.cp.approvals.submit(ctx.actor, input)),
});
