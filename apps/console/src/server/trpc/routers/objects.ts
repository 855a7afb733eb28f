import { putObjectInput, removeObjectInput, TENANT_KIND_PERMISSION } from "@sallyport/control-plane";
import { entityName, type TenantKind } from "@sallyport/snapshot";
import { router, tenant } from "@/server/trpc/init";
import { tenantFields } from "@/server/trpc/inputs";

/** The four calls of one kind that lives in a tenant. */
function kindRouter<K extends TenantKind>(kind: K) {
  const write = TENANT_KIND_PERMISSION[kind];
  return router({
    list: tenant("tenant.read").query(({ ctx }) => ctx.cp.objects.list(ctx.scope, kind)),
    get: tenant("tenant.read")
      .input(tenantFields({ name: entityName }))
      .query(({ ctx, input }) => ctx.cp.objects.get(ctx.scope, kind, input.name)),
    /** Its document as its author wrote it. */
    source: tenant("tenant.read")
      .input(tenantFields({ name: entityName }))
      .query(({ ctx, input }) => ctx.cp.objects.source(ctx.scope, kind, input.name)),
    /** `version` null creates; a conflict carries what stands now in `error.data.problem.current`. */
    put: tenant(write)
      .input(tenantFields({ name: entityName, ...putObjectInput.shape }))
      .mutation(({ ctx, input: { slug: _, name, ...input } }) => ctx.cp.objects.put(ctx.scope, kind, name, input)),
    remove: tenant(write)
      .input(tenantFields({ name: entityName, ...removeObjectInput.shape }))
      .mutation(({ ctx, input: { name, version } }) => ctx.cp.objects.remove(ctx.scope, kind, name, { version })),
  });
}

export const objectsRouter = router({
  secrets: kindRouter("Secret"),
  identityProviders: kindRouter("IdentityProvider"),
  upstreams: kindRouter("Upstream"),
  routes: kindRouter("Route"),
  rateLimitPolicies: kindRouter("RateLimitPolicy"),
  propagationPolicies: kindRouter("PropagationPolicy"),
  degradationPolicies: kindRouter("DegradationPolicy"),
  policyTests: kindRouter("PolicyTest"),
});
