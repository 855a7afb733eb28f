import {
  createTenantInput,
  listTenantsInput,
  removeTenantInput,
  tenantStatsInput,
  tenantVersionInput,
  updateTenantInput,
} from "@sallyport/control-plane";
import { z } from "zod";
import { fleet, router, signedIn, tenant } from "@/server/trpc/init";
import { fields, parsed, tenantFields } from "@/server/trpc/inputs";

export const tenantsRouter = router({
  /** Only those that the caller may read. */
  list: signedIn.input(parsed(listTenantsInput)).query(({ ctx, input }) => ctx.cp.tenants.list(ctx.actor, input)),
  quickSearch: signedIn.input(fields({ query: z.string().max(200) })).query(({ ctx, input }) => ctx.cp.tenants.quickSearch(ctx.actor, input.query)),
  stats: signedIn.input(parsed(tenantStatsInput)).query(({ ctx, input }) => ctx.cp.tenants.stats(ctx.actor, input)),
  refusals: tenant("tenant.read").query(({ ctx }) => ctx.cp.tenants.refusals(ctx.scope)),
  get: tenant("tenant.read").query(({ ctx }) => ctx.cp.tenants.get(ctx.scope)),
  create: fleet("tenant.create")
    .input(parsed(createTenantInput))
    .mutation(({ ctx, input }) => ctx.cp.tenants.create(ctx.scope, input)),
  update: tenant("tenant.write")
    .input(tenantFields(updateTenantInput.shape))
    .mutation(({ ctx, input: { spec, version } }) => ctx.cp.tenants.update(ctx.scope, { spec, version })),
  suspend: tenant("tenant.write")
    .input(tenantFields(tenantVersionInput.shape))
    .mutation(({ ctx, input: { version } }) => ctx.cp.tenants.suspend(ctx.scope, { version })),
  resume: tenant("tenant.write")
    .input(tenantFields(tenantVersionInput.shape))
    .mutation(({ ctx, input: { version } }) => ctx.cp.tenants.resume(ctx.scope, { version })),
  /** `confirm` is the slug, typed again. */
  remove: fleet("tenant.delete")
    .input(parsed(removeTenantInput))
    .mutation(({ ctx, input }) => ctx.cp.tenants.remove(ctx.scope, input)),
});
