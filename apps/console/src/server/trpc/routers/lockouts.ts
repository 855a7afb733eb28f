import { endFoundLockoutsInput, endLockoutInput, findLockoutsInput, listLockoutsInput } from "@sallyport/control-plane";
import { fleet, router, tenant } from "@/server/trpc/init";
import { fields, parsed, tenantFields } from "@/server/trpc/inputs";

/** Addresses that are locked out of one tenant, or of any. */
export const lockoutsRouter = router({
  list: tenant("tenant.read")
    .input(tenantFields(listLockoutsInput.shape))
    .query(({ ctx, input: { slug: _, ...input } }) => ctx.cp.lockouts.list(ctx.scope, input)),
  find: fleet("tenant.read")
    .input(fields(findLockoutsInput.shape))
    .query(({ ctx, input }) => ctx.cp.lockouts.find(ctx.scope, input)),
  end: tenant("lockout.end")
    .input(tenantFields(endLockoutInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.lockouts.end(ctx.scope, input)),
  endFound: fleet("lockout.end")
    .input(parsed(endFoundLockoutsInput))
    .mutation(({ ctx, input }) => ctx.cp.lockouts.endFound(ctx.scope, input)),
  endAll: tenant("lockout.end")
    .input(tenantFields({}))
    .mutation(({ ctx }) => ctx.cp.lockouts.endAll(ctx.scope)),
});
