import { PERMISSIONS, ROLES } from "@sallyport/control-plane";
import { tenantSlug } from "@sallyport/snapshot";
import { z } from "zod";
import { fleet, router } from "@/server/trpc/init";

const roles = z.array(z.object({ role: z.enum(ROLES), tenant: tenantSlug.nullable().default(null) })).max(200);
const personId = z.uuid();

export const peopleRouter = router({
  list: fleet("people.read").query(({ ctx }) => ctx.cp.people.list(ctx.scope)),
  /** Gives the one-time link's token: shown once, to hand over. */
  invite: fleet("people.write")
    .input(z.object({ email: z.string().max(254), displayName: z.string().max(120), roles }))
    .mutation(({ ctx, input }) => ctx.cp.people.invite(ctx.scope, input)),
  setRoles: fleet("people.write")
    .input(z.object({ personId, roles }))
    .mutation(({ ctx, input }) => ctx.cp.people.setRoles(ctx.scope, input)),
  disable: fleet("people.write")
    .input(z.object({ personId }))
    .mutation(({ ctx, input }) => ctx.cp.people.disable(ctx.scope, input)),
});

export const apiTokensRouter = router({
  list: fleet("token.write").query(({ ctx }) => ctx.cp.apiTokens.list(ctx.actor)),
  /** The token is in this answer and nowhere afterwards. */
  create: fleet("token.write")
    .input(
      z.object({
        name: z.string().max(80),
        scopes: z.array(z.enum(PERMISSIONS)),
        tenantSlug: tenantSlug.optional(),
        expiresInDays: z.int().min(1).max(365).default(90),
      }),
    )
    .mutation(({ ctx, input }) => ctx.cp.apiTokens.create(ctx.actor, input)),
  revoke: fleet("token.write")
    .input(z.object({ id: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.cp.apiTokens.revoke(ctx.actor, input)),
});
