import {
  listAllRevocationsInput,
  listRevocationsInput,
  revocationId,
  revokeSubjectInput,
  revokeTokenInput,
  suspendTenantInput,
} from "@sallyport/control-plane";
import { router, signedIn, tenant } from "@/server/trpc/init";
import { fields, tenantFields } from "@/server/trpc/inputs";

/** What was taken back without a publish, and where it is in effect. A pasted token goes in, and comes out nowhere. */
export const revocationsRouter = router({
  list: signedIn.input(fields(listAllRevocationsInput.shape)).query(({ ctx, input }) => ctx.cp.revocations.list(ctx.actor, input)),
  listOf: tenant("tenant.read")
    .input(tenantFields(listRevocationsInput.shape))
    .query(({ ctx, input: { slug: _, ...input } }) => ctx.cp.revocations.listOf(ctx.scope, input)),
  get: signedIn.input(fields(revocationId.shape)).query(({ ctx, input }) => ctx.cp.revocations.find(ctx.actor, input)),
  revokeToken: tenant("revocation.write")
    .input(tenantFields(revokeTokenInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.revocations.revokeToken(ctx.scope, input)),
  revokeSubject: tenant("revocation.write")
    .input(tenantFields(revokeSubjectInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.revocations.revokeSubject(ctx.scope, input)),
  suspend: tenant("tenant.write")
    .input(tenantFields(suspendTenantInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.revocations.suspend(ctx.scope, input)),
  lift: tenant("revocation.write")
    .input(tenantFields(revocationId.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.revocations.lift(ctx.scope, input)),
});
