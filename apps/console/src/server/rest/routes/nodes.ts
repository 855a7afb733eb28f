import { bundleInput, createJoinTokenInput } from "@sallyport/control-plane";
import { entityName } from "@sallyport/snapshot";
import { z } from "zod";
import { fleetRoute } from "@/server/rest/route";
import { joinTokenRow, listOf, nodeDetail, nodeView, shownOnce } from "@/server/rest/views";

const byName = z.object({ name: entityName });
const bundle = z
  .object({
    group: z.string(),
    revision: z.number(),
    current: z.number(),
    node: z.string().nullable(),
    isSealed: z.boolean(),
    signedBy: z.string(),
    bundle: z.string(),
  })
  .meta({ id: "Bundle" });

export const nodeRoutes = [
  fleetRoute(
    "node.read",
    { method: "GET", path: "/nodes", tag: "Nodes", summary: "Every enrolled node: what it runs, and how it is", response: listOf(nodeView) },
    async ({ cp, actor }) => ({ body: { items: await cp.nodes.list(actor) } }),
  ),
  fleetRoute(
    "node.read",
    { method: "GET", path: "/nodes/{name}", tag: "Nodes", summary: "One node, with its last deliveries", params: byName, response: nodeDetail },
    async ({ cp, actor }, { params }) => ({ body: await cp.nodes.get(actor, params) }),
  ),
  fleetRoute(
    "node.write",
    {
      method: "POST",
      path: "/nodes/{name}/renew-key",
      tag: "Nodes",
      summary: "Asks a node to renew its keys now; it does so with its next heartbeat, and the node's `key` says when it has",
      params: byName,
      status: 204,
      response: z.undefined(),
    },
    async ({ cp, actor }, { params }) => {
      await cp.nodes.askToRenew(actor, params);
      return { body: undefined };
    },
  ),
  fleetRoute(
    "node.read",
    { method: "GET", path: "/join-tokens", tag: "Nodes", summary: "Join tokens, without their secrets", response: listOf(joinTokenRow) },
    async ({ cp, actor }) => ({ body: { items: await cp.joinTokens.list(actor) } }),
  ),
  fleetRoute(
    "node.write",
    {
      method: "POST",
      path: "/join-tokens",
      tag: "Nodes",
      summary: "Makes a join token; it is in this answer and nowhere afterwards",
      body: createJoinTokenInput.extend({ group: entityName.default("default") }),
      status: 201,
      response: shownOnce,
      secret: true,
    },
    async ({ cp, actor }, { body }) => ({ body: await cp.joinTokens.create(actor, body) }),
  ),
  fleetRoute(
    "node.write",
    {
      method: "POST",
      path: "/bundles",
      tag: "Nodes",
      summary: "One revision of a node group as a file, with which a node starts without its control plane",
      body: bundleInput.extend({ group: entityName.default("default") }),
      status: 201,
      response: bundle,
      secret: true,
    },
    async ({ cp, actor }, { body }) => ({ body: await cp.bundles.make(actor, body) }),
  ),
];
