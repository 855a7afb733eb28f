import { endAllSessionsInput, endSubjectSessionsInput, endTenantSessionInput, listTenantSessionsInput } from "@sallyport/control-plane";
import { router, tenant } from "@/server/trpc/init";
import { tenantFields } from "@/server/trpc/inputs";

/** Sessions of one tenant's people at the nodes. */
export const tenantSessionsRouter = router({
  list: tenant("tenant.read")
    .input(tenantFields(listTenantSessionsInput.shape))
    .query(({ ctx, input: { slug: _, ...input } }) => ctx.cp.tenantSessions.list(ctx.scope, input)),
  end: tenant("session.end")
    .input(tenantFields(endTenantSessionInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.tenantSessions.end(ctx.scope, input)),
  endOfSubject: tenant("session.end")
    .input(tenantFields(endSubjectSessionsInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.tenantSessions.endOfSubject(ctx.scope, input)),
  endAll: tenant("session.end")
    .input(tenantFields(endAllSessionsInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.tenantSessions.endAll(ctx.scope, input)),
});
