import { checkIdentityProviderInput, createIdentityProviderInput, purgeKeysInput } from "@sallyport/control-plane";
import { router, tenant } from "@/server/trpc/init";
import { tenantFields } from "@/server/trpc/inputs";

export const identityProvidersRouter = router({
  /** Runs discovery against what was typed (an issuer, a document's URL or a domain) and gives one row per check. */
  check: tenant("idp.write")
    .input(tenantFields(checkIdentityProviderInput.shape))
    .mutation(({ ctx, input: { slug: _slug, ...input } }) => ctx.cp.identityProviders.check(ctx.scope, input)),
  /** Registers it, then checks it and keeps the result with it. */
  create: tenant("idp.write")
    .input(tenantFields(createIdentityProviderInput.shape))
    .mutation(({ ctx, input: { name, spec } }) => ctx.cp.identityProviders.create(ctx.scope, { name, spec })),
  /** Has every node forget its keys, at once. */
  purgeKeys: tenant("idp.write")
    .input(tenantFields(purgeKeysInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.identityProviders.purgeKeys(ctx.scope, input)),
});
