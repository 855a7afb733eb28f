import "server-only";
import { checkIdentityProviderInput, savePortalProviderInput } from "@sallyport/control-plane";
import { invitedFor, router } from "@/server/portal/init";
import { parsed } from "@/server/trpc/inputs";

const register = invitedFor("identity_provider");

/** The tenant's own identity providers. */
export const providersRouter = router({
  list: register.query(({ ctx }) => ctx.cp.portalProviders.list(ctx.scope)),
  /** Asks the provider, and says what was found, one row a check. */
  check: register.input(parsed(checkIdentityProviderInput)).mutation(({ ctx, input }) => ctx.cp.identityProviders.check(ctx.scope, input)),
  /** Saves, checks, and goes live where the tenant's setting says so. */
  save: register.input(parsed(savePortalProviderInput)).mutation(({ ctx, input }) => ctx.cp.portalProviders.save(ctx.scope, input)),
});
