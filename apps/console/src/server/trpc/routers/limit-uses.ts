import { fleet, router, tenant } from "@/server/trpc/init";

/** How close tenants are to their rate limits. */
export const limitUsesRouter = router({
  ofTenant: tenant("tenant.read").query(({ ctx }) => ctx.cp.limitUses.ofTenant(ctx.scope)),
  limitedTenants: fleet("tenant.read").query(({ ctx }) => ctx.cp.limitUses.limitedTenants(ctx.scope)),
});
