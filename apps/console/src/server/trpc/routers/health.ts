import { checkInput } from "@sallyport/control-plane";
import { fleet, router } from "@/server/trpc/init";
import { fields } from "@/server/trpc/inputs";

export const healthRouter = router({
  list: fleet("fleet.read").query(({ ctx }) => ctx.cp.health.list(ctx.actor)),
  /** One check, asked anew: what can be tried is tried. */
  recheck: fleet("fleet.read")
    .input(fields(checkInput.shape))
    .mutation(({ ctx, input }) => ctx.cp.health.recheck(ctx.actor, input)),
});
