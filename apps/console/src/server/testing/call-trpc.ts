import superjson from "superjson";
import * as portalRoute from "@/app/api/portal/trpc/[trpc]/route";
import * as consoleRoute from "@/app/api/trpc/[trpc]/route";
import { PUBLIC_URL } from "@/server/testing/console-fixture";
import type { ErrorData } from "@/server/trpc/errors";

export interface TrpcAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: unknown;
  readonly error: { readonly message: string; readonly problem: ErrorData } | null;
}

export interface TrpcCall {
  readonly type: "query" | "mutation";
  readonly path: string;
  readonly input?: unknown;
  readonly cookie?: string;
  /** The portal's procedures instead of the console's. */
  readonly portal?: boolean;
  /** Of the request, on top of what the console's own pages send. */
  readonly headers?: Record<string, string>;
}

/** Calls a procedure through the route handler, as the console's own pages do. */
export async function callTrpc({ type, path, input, cookie, headers, portal = false }: TrpcCall): Promise<TrpcAnswer> {
  const url = new URL(`/api/${portal ? "portal/" : ""}trpc/${path}`, PUBLIC_URL);
  const body = JSON.stringify(superjson.serialize(input));
  if (type === "query") url.searchParams.set("input", body);
  const sent = {
    host: "localhost:3000",
    origin: PUBLIC_URL,
    "sec-fetch-site": "same-origin",
    "content-type": "application/json",
    ...(cookie === undefined ? {} : { cookie }),
    ...headers,
  };
  const request = new Request(url, type === "query" ? { headers: sent } : { method: "POST", headers: sent, body });
  const { GET, POST } = portal ? portalRoute : consoleRoute;
  const response = await (type === "query" ? GET(request) : POST(request));
  const text = await response.text();
  const answer = JSON.parse(text) as { result?: { data: never }; error?: never; code?: string };
  if (answer.error !== undefined) {
    const shape = superjson.deserialize<{ message: string; data: { problem: ErrorData } }>(answer.error);
    return { status: response.status, headers: response.headers, data: null, error: { message: shape.message, problem: shape.data.problem } };
  }
  const data = answer.result === undefined ? answer : superjson.deserialize(answer.result.data);
  return { status: response.status, headers: response.headers, data, error: null };
}
