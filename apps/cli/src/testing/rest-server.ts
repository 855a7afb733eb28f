import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface SeenRequest {
  readonly method: string;
  /** Below `/api/v1`, with its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}

export interface RestServer {
  readonly url: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/** A real HTTP server on loopback that answers as a console's REST API would. @param answer by `GET /path`; else 404 */
export async function startRestServer(answer: (request: SeenRequest) => Answer | null): Promise<RestServer> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const sent = await text(request);
    const path = (request.url ?? "").replace(/^\/api\/v1/, "");
    const taken = { method: request.method ?? "", path, headers: request.headers, body: sent === "" ? undefined : JSON.parse(sent) };
    seen.push(taken);
    const { status = 200, headers = {}, body } = answer(taken) ?? { status: 404, body: { code: "not_found", detail: "There is no such address." } };
    response.writeHead(status, { "content-type": "application/json", connection: "close", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
