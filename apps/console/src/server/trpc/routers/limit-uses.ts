import { topKeysInput } from "@sallyport/control-plane";
import { fleet, router, tenant } from "@/server/trpc/init";
import { fields, tenantFields } from "@/server/trpc/inputs";

/** How close tenants are to their rate limits, and who presses on them. */
export const limitUsesRouter = router({
  ofTenant: tenant("tenant.read").query(({ ctx }) => ctx.cp.limitUses.ofTenant(ctx.scope)),
  limitedTenants: fleet("tenant.read").query(({ ctx }) => ctx.cp.limitUses.limitedTenants(ctx.scope)),
  topKeys: tenant("tenant.read")
    .input(tenantFields(topKeysInput.shape))
    .query(({ ctx, input: { slug: _, ...input } }) => ctx.cp.pressedKeys.topOf(ctx.scope, input)),
  topKeysOfFleet: fleet("tenant.read")
    .input(fields(topKeysInput.shape))
    .query(({ ctx, input }) => ctx.cp.pressedKeys.topOfFleet(ctx.scope, input)),
});
