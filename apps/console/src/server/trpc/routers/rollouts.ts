import { rolloutNumber } from "@sallyport/control-plane";
import { fleet, router } from "@/server/trpc/init";
import { fields, page, parsed } from "@/server/trpc/inputs";

const one = parsed(rolloutNumber);

export const rolloutsRouter = router({
  list: fleet("draft.read")
    .input(fields(page))
    .query(({ ctx, input }) => ctx.cp.rollouts.list(ctx.actor, input)),
  get: fleet("draft.read")
    .input(one)
    .query(({ ctx, input }) => ctx.cp.rollouts.get(ctx.actor, input)),
  promote: fleet("revision.publish")
    .input(one)
    .mutation(({ ctx, input }) => ctx.cp.rollouts.promote(ctx.actor, input)),
  pause: fleet("revision.publish")
    .input(one)
    .mutation(({ ctx, input }) => ctx.cp.rollouts.pause(ctx.actor, input)),
  resume: fleet("revision.publish")
    .input(one)
    .mutation(({ ctx, input }) => ctx.cp.rollouts.resume(ctx.actor, input)),
  /** Nodes keep what each has. */
  abort: fleet("revision.publish")
    .input(one)
    .mutation(({ ctx, input }) => ctx.cp.rollouts.abort(ctx.actor, input)),
  rollback: fleet("revision.rollback")
    .input(one)
    .mutation(({ ctx, input }) => ctx.cp.rollouts.rollback(ctx.actor, input)),
});
