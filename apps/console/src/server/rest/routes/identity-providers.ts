import { purgeKeysInput } from "@sallyport/control-plane";
import { z } from "zod";
import { tenantRoute } from "@/server/rest/route";

/** What can be done with an identity provider beyond its document, which the object routes read and write. */
export const identityProviderRoutes = [
  tenantRoute(
    "idp.write",
    {
      method: "POST",
      path: "/tenants/{slug}/identity-providers/{name}/purge-keys",
      tag: "Identity providers",
      summary: "Has every node forget the provider's keys and its answers about tokens at once, and fetch them anew with the next token",
      params: z.object({ slug: z.string(), name: z.string() }),
      body: purgeKeysInput.omit({ name: true }),
      status: 204,
      response: z.undefined(),
    },
    async ({ cp, scope }, { params: { name }, body }) => {
      await cp.identityProviders.purgeKeys(scope, { name, ...body });
      return { body: undefined };
    },
  ),
];
