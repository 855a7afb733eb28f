import "server-only";
import type { Client } from "@sallyport/control-plane";
import { clientOf } from "@/server/http/client";
import { problemFrom, problemResponse } from "@/server/http/problem";
import { isSameOrigin } from "@/server/http/same-origin";

/** Refusal of a request that another site made the browser send. */
export const crossOriginProblem = (requestId: string): Response =>
  problemResponse(
    { status: 403, code: "cross_origin", title: "Not from this site", detail: "The request did not come from the console's own pages." },
    requestId,
  );

/**
 * A route that the console's own pages call with JSON: refuses other origins, and turns what is thrown into a problem.
 * The answer is never cached.
 */
export function browserRoute(handle: (request: Request, client: Client) => Promise<Response>): (request: Request) => Promise<Response> {
  return async (request) => {
    const client = clientOf(request.headers);
    if (!isSameOrigin(request)) return crossOriginProblem(client.requestId);
    try {
      const response = await handle(request, client);
      response.headers.set("cache-control", "no-store");
      response.headers.set("x-request-id", client.requestId);
      return response;
    } catch (error) {
      return problemFrom(error, client.requestId);
    }
  };
}
