import { createInvitationInput, invitationId, portalGoesLiveInput } from "@sallyport/control-plane";
import { router, tenant } from "@/server/trpc/init";
import { tenantFields } from "@/server/trpc/inputs";

/** Links with which people of a tenant come in to the portal. A link leaves in the answer that makes it, and in no other. */
export const portalInvitationsRouter = router({
  list: tenant("tenant.read").query(({ ctx }) => ctx.cp.portalInvitations.list(ctx.scope)),
  create: tenant("portal.write")
    .input(tenantFields(createInvitationInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.portalInvitations.create(ctx.scope, input)),
  revoke: tenant("portal.write")
    .input(tenantFields(invitationId.shape))
    .mutation(({ ctx, input: { id } }) => ctx.cp.portalInvitations.revoke(ctx.scope, { id })),
});

/** Whether what a tenant's people save in the portal goes live by itself. */
export const portalChangesRouter = router({
  goesLive: tenant("tenant.read").query(({ ctx }) => ctx.cp.portalChanges.goesLive(ctx.scope)),
  setGoesLive: tenant("portal.write")
    .input(tenantFields(portalGoesLiveInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.portalChanges.setGoesLive(ctx.scope, input)),
});
