import { setSecretInput } from "@sallyport/control-plane";
import { entityName } from "@sallyport/snapshot";
import { router, tenant } from "@/server/trpc/init";
import { tenantFields } from "@/server/trpc/inputs";

/** Values of secrets: facts about them go out, values only in. That a secret is there is declared through `objects.secrets`. */
export const secretsRouter = router({
  list: tenant("tenant.read").query(({ ctx }) => ctx.cp.secrets.list(ctx.scope)),
  set: tenant("idp.write")
    .input(tenantFields({ name: entityName, ...setSecretInput.shape }))
    .mutation(({ ctx, input: { name, value } }) => ctx.cp.secrets.set(ctx.scope, name, { value })),
});
