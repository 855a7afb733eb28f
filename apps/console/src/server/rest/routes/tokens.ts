import { createApiTokenInput } from "@sallyport/control-plane";
import { z } from "zod";
import { fleetRoute } from "@/server/rest/route";
import { apiTokenRow, listOf, shownOnce } from "@/server/rest/views";

const TAG = "Account";

export const tokenRoutes = [
  fleetRoute(
    "token.write",
    { method: "GET", path: "/tokens", tag: TAG, summary: "The caller's API tokens, without their secrets", response: listOf(apiTokenRow) },
    async ({ cp, actor }) => ({ body: { items: await cp.apiTokens.list(actor) } }),
  ),
  fleetRoute(
    "token.write",
    {
      method: "POST",
      path: "/tokens",
      tag: TAG,
      summary: "Makes an API token; it is in this answer and nowhere afterwards",
      body: createApiTokenInput,
      status: 201,
      response: shownOnce,
      secret: true,
    },
    async ({ cp, actor }, { body }) => ({ body: await cp.apiTokens.create(actor, body) }),
  ),
  fleetRoute(
    "token.write",
    {
      method: "DELETE",
      path: "/tokens/{id}",
      tag: TAG,
      summary: "Revokes a token at once",
      params: z.object({ id: z.uuid() }),
      status: 204,
      response: z.undefined(),
    },
    async ({ cp, actor }, { params }) => {
      await cp.apiTokens.revoke(actor, params);
      return { body: undefined };
    },
  ),
];
