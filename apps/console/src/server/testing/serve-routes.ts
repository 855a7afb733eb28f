import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { POST as postNode } from "@/app/api/node/v1/[call]/route";
import { DELETE, GET, POST, PUT } from "@/app/api/v1/[[...path]]/route";

export interface ServedRoutes {
  readonly url: string;
  close(): Promise<void>;
}

const REST: Readonly<Record<string, (request: Request) => Promise<Response>>> = { DELETE, GET, POST, PUT };

async function answer(incoming: IncomingMessage, url: string, gone: AbortSignal): Promise<Response> {
  const { method = "GET", url: path = "/" } = incoming;
  const bytes = await buffer(incoming);
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) if (typeof value === "string") headers.set(name, value);
  const request = new Request(url + path, { method, headers, signal: gone, ...(bytes.length > 0 ? { body: new Uint8Array(bytes) } : {}) });
  const call = /^\/api\/node\/v1\/([a-z]+)$/.exec(path)?.[1];
  if (call !== undefined) return postNode(request, { params: Promise.resolve({ call }) });
  return REST[method]?.(request) ?? new Response(null, { status: 405 });
}

/** The console's own route handlers behind a real socket, for processes that call them: nodes and the CLI. */
export async function serveRoutes(): Promise<ServedRoutes> {
  const served = { url: "" };
  const server = createServer((incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort());
    answer(incoming, served.url, gone.signal).then(
      async (response) => {
        outgoing.writeHead(response.status, Object.fromEntries(response.headers));
        outgoing.end(Buffer.from(await response.arrayBuffer()));
      },
      (error: unknown) => outgoing.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  served.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: served.url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
