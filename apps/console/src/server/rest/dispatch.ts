import "server-only";
import { type Actor, type Client, ServiceError } from "@sallyport/control-plane";
import { controlPlane } from "@/server/control-plane";
import { clientOf } from "@/server/http/client";
import { PROBLEMS, type Problem, problemOf, problemResponse } from "@/server/http/problem";
import { readJson } from "@/server/http/read-json";
import { oncePerKey } from "@/server/rest/idempotency";
import { openApiDocument } from "@/server/rest/openapi";
import { etagOf, PreconditionRequired, preconditionOf } from "@/server/rest/preconditions";
import type { RawInput, RestRoute } from "@/server/rest/route";
import { REST_BASE, routesAt } from "@/server/rest/table";

/** An installation's whole configuration fits: 10,000 tenants of a few kilobytes each. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

const NOT_FOUND: Problem = { status: 404, code: "not_found", title: "Not found", detail: "There is no such address; see /api/v1/openapi.json." };

async function actorOf(request: Request, client: Client): Promise<Actor | null> {
  const token = /^Bearer (spt_\S{8,256})$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  return token === undefined ? null : controlPlane().apiTokens.authenticate(token, client);
}

function problemFor(error: unknown, requestId: string, request: Request): Problem {
  if (error instanceof PreconditionRequired)
    return { status: 428, code: "precondition_required", title: "Say which version you saw", detail: error.message };
  const problem = problemOf(error, requestId);
  // RFC 9110 §13.1.1: what If-Match did not fit is 412.
  return problem.code === "conflict" && request.headers.has("if-match") ? { ...problem, status: 412 } : problem;
}

async function answer(route: RestRoute, raw: Omit<RawInput, "body">, request: Request, client: Client): Promise<Response> {
  const actor = route.access === "public" ? null : await actorOf(request, client);
  if (actor === null && route.access !== "public") throw new ServiceError("unauthenticated", "Send a valid API token: Authorization: Bearer spt_…");
  const body = request.method === "GET" ? undefined : await readJson(request, MAX_BODY_BYTES);
  const context = { cp: controlPlane(), client, actor, precondition: preconditionOf(request.headers) };
  const carryOut = async (): Promise<Response> => {
    const result = await route.run({ ...raw, body }, context);
    const status = route.status ?? 200;
    const headers: Record<string, string> = { "x-request-id": client.requestId, "cache-control": "no-store" };
    if (result.version !== undefined) headers.etag = etagOf(result.version);
    if (status === 204) return new Response(null, { status, headers });
    // Only what the contract names leaves: a member that a service adds later, a secret among them, does not slip out.
    return Response.json(route.response.parse(result.body), { status, headers });
  };
  const key = request.method === "POST" ? request.headers.get("idempotency-key") : null;
  return key === null || actor === null ? carryOut() : oncePerKey({ key, actor, route, path: new URL(request.url).pathname, body, client }, carryOut);
}

/** Answers one call of the REST API. */
export async function dispatchRest(request: Request): Promise<Response> {
  const client = clientOf(request.headers);
  const url = new URL(request.url);
  try {
    const segments = url.pathname
      .slice(REST_BASE.length + 1)
      .split("/")
      .map(decodeURIComponent);
    if (request.method === "GET" && segments.join("/") === "openapi.json")
      return Response.json(openApiDocument(), { headers: { "x-request-id": client.requestId } });
    const matches = routesAt(segments);
    if (matches.length === 0) return problemResponse(NOT_FOUND, client.requestId);
    const match = matches.find(({ route }) => route.method === request.method);
    if (!match)
      return problemResponse(
        { status: 405, code: "method_not_allowed", title: "Not with this method", detail: `${request.method} is not for this address.` },
        client.requestId,
        { allow: matches.map(({ route }) => route.method).join(", ") },
      );
    const names = [...url.searchParams.keys()];
    if (new Set(names).size !== names.length) throw new ServiceError("invalid", "A query parameter stands twice. Send each once.");
    return await answer(match.route, { params: match.params, query: Object.fromEntries(url.searchParams) }, request, client);
  } catch (error) {
    if (error instanceof URIError)
      return problemResponse({ ...PROBLEMS.invalid, code: "invalid", detail: "The path is not well-formed." }, client.requestId);
    return problemResponse(problemFor(error, client.requestId, request), client.requestId);
  }
}
