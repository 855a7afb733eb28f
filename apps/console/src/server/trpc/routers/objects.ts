import type { Permission } from "@sallyport/control-plane";
import { entityName, type SpecOf, type TenantKind } from "@sallyport/snapshot";
import { z } from "zod";
import { router, tenant } from "@/server/trpc/init";
import { version } from "@/server/trpc/inputs";

/** The four calls of one kind that lives in a tenant. */
function kindRouter<K extends TenantKind>(kind: K, write: Permission) {
  type Row = Omit<Awaited<ReturnType<import("@/server/surface").ControlPlane["objects"]["get"]>>, "spec"> & { readonly spec: SpecOf<K> };
  const typed = (row: unknown): Row => row as Row;
  return router({
    list: tenant("tenant.read").query(async ({ ctx }) => (await ctx.cp.objects.list(ctx.scope, kind)).map(typed)),
    get: tenant("tenant.read")
      .input(z.object({ name: entityName }))
      .query(async ({ ctx, input }) => typed(await ctx.cp.objects.get(ctx.scope, kind, input.name))),
    /** `version` null creates; a conflict carries what stands now in `error.data.problem.current`. */
    put: tenant(write)
      .input(z.object({ name: z.string(), spec: z.unknown(), version: version.nullable() }))
      .mutation(async ({ ctx, input }) => typed(await ctx.cp.objects.put(ctx.scope, kind, input.name, { spec: input.spec, version: input.version }))),
    remove: tenant(write)
      .input(z.object({ name: entityName, version }))
      .mutation(({ ctx, input }) => ctx.cp.objects.remove(ctx.scope, kind, input.name, { version: input.version })),
  });
}

export const objectsRouter = router({
  identityProviders: kindRouter("IdentityProvider", "idp.write"),
  upstreams: kindRouter("Upstream", "route.write"),
  routes: kindRouter("Route", "route.write"),
  rateLimitPolicies: kindRouter("RateLimitPolicy", "policy.write"),
  propagationPolicies: kindRouter("PropagationPolicy", "policy.write"),
  degradationPolicies: kindRouter("DegradationPolicy", "policy.write"),
});
