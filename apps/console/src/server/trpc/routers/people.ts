import { createApiTokenInput, disablePersonInput, invitePersonInput, revokeApiTokenInput, setRolesInput } from "@sallyport/control-plane";
import { fleet, router, signedIn } from "@/server/trpc/init";
import { parsed } from "@/server/trpc/inputs";

export const peopleRouter = router({
  list: fleet("people.read").query(({ ctx }) => ctx.cp.people.list(ctx.scope)),
  /** Gives the one-time link's token: shown once, to hand over. */
  invite: fleet("people.write")
    .input(parsed(invitePersonInput))
    .mutation(({ ctx, input }) => ctx.cp.people.invite(ctx.scope, input)),
  setRoles: fleet("people.write")
    .input(parsed(setRolesInput))
    .mutation(({ ctx, input }) => ctx.cp.people.setRoles(ctx.scope, input)),
  disable: fleet("people.write")
    .input(parsed(disablePersonInput))
    .mutation(({ ctx, input }) => ctx.cp.people.disable(ctx.scope, input)),
});

export const apiTokensRouter = router({
  /** The caller's own. */
  list: signedIn.query(({ ctx }) => ctx.cp.apiTokens.list(ctx.actor)),
  /** The token is in this answer and nowhere afterwards. */
  create: fleet("token.write")
    .input(parsed(createApiTokenInput))
    .mutation(({ ctx, input }) => ctx.cp.apiTokens.create(ctx.actor, input)),
  revoke: signedIn.input(parsed(revokeApiTokenInput)).mutation(({ ctx, input }) => ctx.cp.apiTokens.revoke(ctx.actor, input)),
});
