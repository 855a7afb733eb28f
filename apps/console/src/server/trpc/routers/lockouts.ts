import { endLockoutInput, listLockoutsInput } from "@sallyport/control-plane";
import { router, tenant } from "@/server/trpc/init";
import { tenantFields } from "@/server/trpc/inputs";

/** Addresses that are locked out of one tenant. */
export const lockoutsRouter = router({
  list: tenant("tenant.read")
    .input(tenantFields(listLockoutsInput.shape))
    .query(({ ctx, input: { slug: _, ...input } }) => ctx.cp.lockouts.list(ctx.scope, input)),
  end: tenant("lockout.end")
    .input(tenantFields(endLockoutInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.lockouts.end(ctx.scope, input)),
  endAll: tenant("lockout.end")
    .input(tenantFields({}))
    .mutation(({ ctx }) => ctx.cp.lockouts.endAll(ctx.scope)),
});
