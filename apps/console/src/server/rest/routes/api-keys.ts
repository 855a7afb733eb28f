import { createApiKeyInput, endApiKeyInput, listApiKeysInput, rotateApiKeyInput } from "@sallyport/control-plane";
import { z } from "zod";
import { apiKeyView, newApiKey } from "@/server/rest/credential-views";
import type { Precondition } from "@/server/rest/route";
import { tenantRoute } from "@/server/rest/route";
import { pageOf, pageQuery } from "@/server/rest/views";

const TAG = "API keys";
const inTenant = z.object({ slug: z.string() });
const params = inTenant.extend({ name: z.string() });
const list = "/tenants/{slug}/api-keys" as const;
const one = `${list}/{name}` as const;

/** `If-Match` holds where it is sent: ending a key must also be possible without having looked at it. */
const seen = ({ version }: Precondition): { version?: number } => (version === null ? {} : { version });

export const apiKeyRoutes = [
  tenantRoute(
    "tenant.read",
    {
      method: "GET",
      path: list,
      tag: TAG,
      summary: "A tenant's API keys, without the keys",
      params: inTenant,
      query: z.strictObject({ show: listApiKeysInput.shape.show, ...pageQuery }),
      response: pageOf(apiKeyView),
    },
    async ({ cp, scope }, { query }) => ({ body: await cp.apiKeys.list(scope, query) }),
  ),
  tenantRoute(
    "api_key.write",
    {
      method: "POST",
      path: list,
      tag: TAG,
      summary: "Makes an API key, which works at the nodes within seconds; it is in this answer and nowhere afterwards",
      params: inTenant,
      body: createApiKeyInput,
      status: 201,
      response: newApiKey,
      secret: true,
    },
    async ({ cp, scope }, { body }) => {
      const { key, row } = await cp.apiKeys.create(scope, body);
      return { body: { ...row, key }, version: row.version };
    },
  ),
  tenantRoute(
    "tenant.read",
    {
      method: "GET",
      path: one,
      tag: TAG,
      summary: "One API key that is not revoked, without the key",
      params,
      response: apiKeyView,
      versioned: true,
    },
    async ({ cp, scope }, { params: { name } }) => {
      const body = await cp.apiKeys.get(scope, name);
      return { body, version: body.version };
    },
  ),
  tenantRoute(
    "api_key.write",
    {
      method: "POST",
      path: `${one}/rotate`,
      tag: TAG,
      summary: "Makes another key under the same name; the replaced one works beside it for the overlap. If-Match holds where it is sent",
      params,
      body: rotateApiKeyInput.omit({ version: true }),
      status: 201,
      response: newApiKey,
      secret: true,
    },
    async ({ cp, scope, precondition }, { params: { name }, body }) => {
      const { key, row } = await cp.apiKeys.rotate(scope, name, { ...body, ...seen(precondition) });
      return { body: { ...row, key }, version: row.version };
    },
  ),
  tenantRoute(
    "api_key.write",
    {
      method: "POST",
      path: `${one}/end-overlap`,
      tag: TAG,
      summary: "Ends the key that the last rotation replaced. If-Match holds where it is sent",
      params,
      body: endApiKeyInput.pick({ reason: true }),
      response: apiKeyView,
    },
    async ({ cp, scope, precondition }, { params: { name }, body: input }) => {
      const body = await cp.apiKeys.endOverlap(scope, name, { ...seen(precondition), ...input });
      return { body, version: body.version };
    },
  ),
  tenantRoute(
    "api_key.write",
    {
      method: "DELETE",
      path: one,
      tag: TAG,
      summary: "Revokes an API key; nodes refuse it within seconds. If-Match holds where it is sent",
      params,
      query: endApiKeyInput.pick({ reason: true }),
      status: 204,
      response: z.undefined(),
    },
    async ({ cp, scope, precondition }, { params: { name }, query }) => {
      await cp.apiKeys.revoke(scope, name, { ...seen(precondition), ...query });
      return { body: undefined };
    },
  ),
];
