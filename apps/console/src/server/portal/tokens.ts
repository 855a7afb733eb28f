import "server-only";
import { tryTokenInput } from "@sallyport/control-plane";
import { invitedFor, router } from "@/server/portal/init";
import { parsed } from "@/server/trpc/inputs";

/** Real tokens, tried by the pipeline that nodes run. Nothing of a token is kept. */
export const tokensRouter = router({
  attempt: invitedFor("test")
    .input(parsed(tryTokenInput))
    .mutation(({ ctx, input }) => ctx.cp.portalTokenTests.attempt(ctx.scope, input)),
});
