import { setSecretInput } from "@sallyport/control-plane";
import { z } from "zod";
import { secretFacts } from "@/server/rest/credential-views";
import { tenantRoute } from "@/server/rest/route";

const TAG = "Secret";
const params = z.object({ slug: z.string(), name: z.string() });
const path = "/tenants/{slug}/secrets/{name}/value" as const;

export const secretRoutes = [
  tenantRoute(
    "tenant.read",
    { method: "GET", path, tag: TAG, summary: "Whether a Secret has a value, and since when; never the value", params, response: secretFacts },
    async ({ cp, scope }, { params: { name } }) => ({ body: await cp.secrets.get(scope, name) }),
  ),
  tenantRoute(
    "idp.write",
    {
      method: "PUT",
      path,
      tag: TAG,
      summary: "Sets the value of a Secret; nodes that use it get it at once. It can be read nowhere afterwards",
      params,
      body: setSecretInput,
      response: secretFacts,
    },
    async ({ cp, scope }, { params: { name }, body }) => ({ body: await cp.secrets.set(scope, name, body) }),
  ),
];
