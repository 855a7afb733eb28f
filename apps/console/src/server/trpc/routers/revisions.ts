import { rollbackInput } from "@sallyport/control-plane";
import { sectionName } from "@sallyport/snapshot";
import { z } from "zod";
import { fleet, router } from "@/server/trpc/init";
import { fields, page, parsed } from "@/server/trpc/inputs";

const number = z.int().min(1);

export const revisionsRouter = router({
  list: fleet("draft.read")
    .input(fields(page))
    .query(({ ctx, input }) => ctx.cp.revisions.list(ctx.actor, input)),
  /** With each node's state, so that a page can watch a rollout. */
  get: fleet("draft.read")
    .input(fields({ number }))
    .query(({ ctx, input }) => ctx.cp.revisions.get(ctx.actor, input.number)),
  /** Signed, as of now; asked for when somebody wants the file. */
  receipt: fleet("draft.read")
    .input(fields({ number }))
    .query(({ ctx, input }) => ctx.cp.revisions.receipt(ctx.actor, input.number)),
  /** What exactly nodes got of one tenant, or of the fleet. */
  section: fleet("draft.read")
    .input(fields({ number, section: sectionName }))
    .query(({ ctx, input }) => ctx.cp.revisions.section(ctx.actor, input)),
  /** A new revision with the old content; the draft stays as it is. */
  rollback: fleet("revision.rollback")
    .input(parsed(rollbackInput))
    .mutation(({ ctx, input }) => ctx.cp.revisions.rollback(ctx.actor, input)),
});
