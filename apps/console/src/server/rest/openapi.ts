import "server-only";
import { z } from "zod";
import { createDocument, type ZodOpenApiPathsObject } from "zod-openapi";
import type { RestRoute } from "@/server/rest/route";
import { REST_BASE, REST_TABLE } from "@/server/rest/table";

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    current: z.unknown().optional(),
    request_id: z.string(),
  })
  .meta({ id: "Problem", description: "RFC 9457" });

const refusal = { description: "Refused; code says why", content: { "application/problem+json": { schema: problem } } };

const operationId = ({ method, path }: RestRoute): string =>
  `${method.toLowerCase()}${path.replace(/[{}]/g, "").replace(/(?:^|[/-])([a-z])/g, (_match, letter: string) => letter.toUpperCase())}`;

/** What a caller may send besides path, query and body. */
function headersOf(route: RestRoute): z.ZodObject | undefined {
  const shape: Record<string, z.ZodType> = {};
  if (route.method === "POST") shape["Idempotency-Key"] = z.string().min(8).max(128).optional();
  if (route.versioned && route.method !== "GET") shape["If-Match"] = z.string().optional();
  if (route.versioned && route.method === "PUT") shape["If-None-Match"] = z.literal("*").optional();
  return Object.keys(shape).length > 0 ? z.object(shape) : undefined;
}

const permissionOf = ({ access }: RestRoute): string => {
  if (access === "public") return "Open to everybody.";
  if (access === "signed_in") return "Takes a valid token; what it may not see is left out.";
  return "fleet" in access ? `Takes the permission ${access.fleet}.` : `Takes the permission ${access.tenant} on the tenant.`;
};

function operation(route: RestRoute) {
  const header = headersOf(route);
  const status = route.status ?? 200;
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    description: permissionOf(route),
    ...(route.access === "public" ? { security: [] } : {}),
    requestParams: {
      ...(route.params ? { path: route.params } : {}),
      ...(route.query ? { query: route.query } : {}),
      ...(header ? { header } : {}),
    },
    ...(route.body ? { requestBody: { content: { "application/json": { schema: route.body } } } } : {}),
    responses: {
      [String(status)]:
        status === 204 ? { description: "Done" } : { description: "Done", content: { "application/json": { schema: route.response } } },
      default: refusal,
    },
  };
}

type Document = ReturnType<typeof createDocument>;
let made: Document | undefined;

/** The OpenAPI 3.1 document, from the same schemas that check every call. */
export function openApiDocument(): Document {
  if (made) return made;
  const paths: ZodOpenApiPathsObject = {};
  for (const route of REST_TABLE) paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  made = createDocument(
    {
      openapi: "3.1.0",
      info: {
        title: "Sallyport",
        version: "1",
        description: "The control plane for machines. Lists are paged by keyset: hand nextCursor back as cursor. Errors are problem+json (RFC 9457).",
      },
      servers: [{ url: REST_BASE }],
      security: [{ token: [] }],
      components: { securitySchemes: { token: { type: "http", scheme: "bearer", description: "An API token, spt_…" } } },
      paths,
    },
    {
      override: ({ jsonSchema, zodSchema }) => {
        if (zodSchema._zod.def.type === "date") Object.assign(jsonSchema, { type: "string", format: "date-time" });
      },
    },
  );
  return made;
}
