import "server-only";
import type { Client } from "@sallyport/control-plane";
import { type AnyTRPCRouter, getTRPCErrorFromUnknown, type inferRouterContext } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { crossOriginProblem } from "@/server/http/browser-route";
import { clientOf } from "@/server/http/client";
import { problemFrom } from "@/server/http/problem";
import { readBytes } from "@/server/http/read-json";
import { isSameOrigin } from "@/server/http/same-origin";
import { log } from "@/server/log";
import { mappedError } from "@/server/trpc/errors";

/** Larger bodies than this have no place between the console's own pages and its server. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

interface Served<R extends AnyTRPCRouter> {
  readonly endpoint: string;
  readonly router: R;
  readonly createContext: (headers: Headers, client: Client) => Promise<inferRouterContext<R>>;
}

/** The route handler of a router: this site's own pages only, bodies bounded, nothing cached, failures told and logged. */
export function serveRouter<R extends AnyTRPCRouter>({ endpoint, router, createContext }: Served<R>): (request: Request) => Promise<Response> {
  return async (request) => {
    const client = clientOf(request.headers);
    const { requestId } = client;
    if (!isSameOrigin(request)) return crossOriginProblem(requestId);
    let bounded = request;
    if (request.method === "POST") {
      try {
        const { url, method, headers, signal } = request;
        // Never `new Request(request, …)`: Next hands over a Proxy of one, whose private state Node 24 cannot read.
        bounded = new Request(url, { method, headers, signal, body: await readBytes(request, MAX_BODY_BYTES) });
      } catch (error) {
        return problemFrom(error, requestId);
      }
    }
    return fetchRequestHandler({
      endpoint,
      req: bounded,
      router,
      createContext: () =>
        createContext(request.headers, client).catch((error: unknown) => {
          throw mappedError(getTRPCErrorFromUnknown(error));
        }),
      responseMeta: () => ({ headers: { "cache-control": "no-store", "x-request-id": requestId } }),
      onError: ({ error, path }) => {
        if (error.code === "INTERNAL_SERVER_ERROR") log.error({ requestId, path, error: error.cause ?? error }, "a procedure failed unexpectedly");
      },
    });
  };
}
