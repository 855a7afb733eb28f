import { tenantSlug } from "@sallyport/snapshot";
import { z } from "zod";
import { fleet, router, signedIn, tenant } from "@/server/trpc/init";
import { page, version } from "@/server/trpc/inputs";

const filters = z.object({
  query: z.string().max(200).optional(),
  status: z.enum(["active", "suspended"]).optional(),
  state: z.enum(["live", "draft"]).optional(),
  sort: z.enum(["slug", "created"]).optional(),
  ...page,
});

export const tenantsRouter = router({
  /** Only those that the caller may read. */
  list: signedIn.input(filters).query(({ ctx, input }) => ctx.cp.tenants.list(ctx.actor, input)),
  quickSearch: signedIn.input(z.object({ query: z.string().max(200) })).query(({ ctx, input }) => ctx.cp.tenants.quickSearch(ctx.actor, input.query)),
  stats: signedIn.input(z.object({ slugs: z.array(tenantSlug).max(200) })).query(({ ctx, input }) => ctx.cp.tenants.stats(ctx.actor, input)),
  get: tenant("tenant.read").query(({ ctx }) => ctx.cp.tenants.get(ctx.scope)),
  create: fleet("tenant.create")
    .input(z.object({ slug: z.string(), spec: z.unknown() }))
    .mutation(({ ctx, input }) => ctx.cp.tenants.create(ctx.scope, input)),
  update: tenant("tenant.write")
    .input(z.object({ spec: z.unknown(), version }))
    .mutation(({ ctx, input }) => ctx.cp.tenants.update(ctx.scope, { spec: input.spec, version: input.version })),
  suspend: tenant("tenant.write")
    .input(z.object({ version }))
    .mutation(({ ctx, input }) => ctx.cp.tenants.suspend(ctx.scope, { version: input.version })),
  resume: tenant("tenant.write")
    .input(z.object({ version }))
    .mutation(({ ctx, input }) => ctx.cp.tenants.resume(ctx.scope, { version: input.version })),
  /** `confirm` is the slug, typed again. */
  remove: fleet("tenant.delete")
    .input(z.object({ slug: tenantSlug, confirm: z.string().max(63) }))
    .mutation(({ ctx, input }) => ctx.cp.tenants.remove(ctx.scope, input)),
});
