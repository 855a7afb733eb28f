import { applyConfigInput, dumpConfigInput, planConfigInput } from "@sallyport/control-plane";
import { configDocumentJsonSchema } from "@sallyport/snapshot";
import { z } from "zod";
import { publicRoute, signedInRoute } from "@/server/rest/route";
import { plannedChange, whoami } from "@/server/rest/views";

const TAG = "Configuration";
/** Its form is at GET /schema. */
const document = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: z.looseObject({ name: z.string() }), spec: z.unknown() });
const changes = z.object({ changes: z.array(plannedChange).readonly() });

export const configRoutes = [
  signedInRoute(
    { method: "GET", path: "/whoami", tag: "Account", summary: "Whose token this is, and what it may do", response: whoami },
    async ({ actor }) => ({
      body: { kind: actor.kind, name: actor.name, permissions: [...actor.grants.fleet], tenants: actor.grants.tenants.size },
    }),
  ),
  signedInRoute(
    {
      method: "GET",
      path: "/config",
      tag: TAG,
      summary: "The declared configuration as documents, sorted; applying them again changes nothing",
      query: dumpConfigInput,
      response: z.object({
        documents: z.array(document),
        /** What the authors wrote of each, comments and all; null where nothing is kept. It declares nothing. */
        sources: z.array(z.string().nullable()),
      }),
    },
    async ({ cp, actor }, { query }) => ({ body: await cp.config.dumpWithSources(actor, query) }),
  ),
  signedInRoute(
    {
      method: "POST",
      path: "/config/plan",
      tag: TAG,
      summary: "What applying these documents would change",
      body: planConfigInput,
      response: changes,
    },
    async ({ cp, actor }, { body }) => ({ body: { changes: await cp.config.plan(actor, body) } }),
  ),
  signedInRoute(
    {
      method: "POST",
      path: "/config/apply",
      tag: TAG,
      summary: "Makes the draft what these documents say, all or nothing; deletes nothing without prune",
      body: applyConfigInput,
      response: changes,
    },
    async ({ cp, actor }, { body }) => ({ body: await cp.config.apply(actor, body) }),
  ),
  publicRoute(
    { method: "GET", path: "/schema", tag: TAG, summary: "JSON Schema of one declarative document", response: z.record(z.string(), z.unknown()) },
    async () => ({ body: configDocumentJsonSchema() }),
  ),
];
