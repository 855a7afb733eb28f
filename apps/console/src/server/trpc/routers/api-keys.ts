import { apiKeyName, createApiKeyInput, endApiKeyInput, listApiKeysInput, rotateApiKeyInput } from "@sallyport/control-plane";
import { router, tenant } from "@/server/trpc/init";
import { tenantFields } from "@/server/trpc/inputs";

/** API keys of one tenant. A key leaves in the answer that makes it, and in no other. */
export const apiKeysRouter = router({
  list: tenant("tenant.read")
    .input(tenantFields(listApiKeysInput.shape))
    .query(({ ctx, input: { slug: _, ...input } }) => ctx.cp.apiKeys.list(ctx.scope, input)),
  create: tenant("api_key.write")
    .input(tenantFields(createApiKeyInput.shape))
    .mutation(({ ctx, input: { slug: _, ...input } }) => ctx.cp.apiKeys.create(ctx.scope, input)),
  rotate: tenant("api_key.write")
    .input(tenantFields({ ...apiKeyName.shape, ...rotateApiKeyInput.shape }))
    .mutation(({ ctx, input: { slug: _, name, ...input } }) => ctx.cp.apiKeys.rotate(ctx.scope, name, input)),
  endOverlap: tenant("api_key.write")
    .input(tenantFields({ ...apiKeyName.shape, ...endApiKeyInput.shape }))
    .mutation(({ ctx, input: { slug: _, name, ...input } }) => ctx.cp.apiKeys.endOverlap(ctx.scope, name, input)),
  revoke: tenant("api_key.write")
    .input(tenantFields({ ...apiKeyName.shape, ...endApiKeyInput.shape }))
    .mutation(({ ctx, input: { slug: _, name, ...input } }) => ctx.cp.apiKeys.revoke(ctx.scope, name, input)),
});
