import "server-only";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { parseJsonBody, requireSmall, tooLarge } from "@/server/http/read-json";
import { log } from "@/server/log";
import { answerNodeCall, type IncomingCall } from "@/server/node/dispatch";

const CALL = /^\/api\/node\/v1\/([a-z]{1,32})$/;

/** What every answer of an API carries (next.config.ts), written here because the framework does not see these. */
export const API_HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), midi=(), browsing-topics=()",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

/** The body, bounded in bytes whatever its declared length says. @throws BodyError 413 */
function bytesOf(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  requireSmall(request.headers["content-length"], maxBytes);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) reject(tooLarge(maxBytes));
      else chunks.push(chunk);
    });
    request.once("end", () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)));
    request.once("error", reject);
    request.once("close", () => reject(new Error("the caller has gone")));
  });
}

function incomingCall(request: IncomingMessage, response: ServerResponse): IncomingCall {
  const gone = new AbortController();
  response.once("close", () => {
    // After an answer there is nobody to tell, and the reason of an abort is costly to make.
    if (!response.writableFinished) gone.abort();
  });
  const header = (name: string): string | null => {
    const value = request.headers[name];
    return Array.isArray(value) ? value.join(", ") : (value ?? null);
  };
  return {
    headers: { get: header },
    signal: gone.signal,
    body: async (maxBytes) => parseJsonBody(await bytesOf(request, maxBytes), header("content-type")),
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
  const { status, headers, body } = await answerNodeCall(incomingCall(request, response), name);
  if (response.destroyed) return;
  // What was not read of a refused body would be taken for the next request.
  if (!request.complete) response.shouldKeepAlive = false;
  response.writeHead(status, { ...API_HEADERS, ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/**
 * Answers the calls of nodes ahead of the framework, on every HTTP server of this process: thousands of them poll, and its way of a request costs
 * many times what the answer does. Everything else, other methods and spellings of these addresses included, goes where it went. Call once, at start.
 */
export function serveNodeCalls(): void {
  const known = new WeakSet<Server>();
  subscribe("http.server.request.start", (message) => {
    // Told before the server's listeners are: they are replaced in time for a server's very first request.
    const { server } = message as { server: Server };
    if (known.has(server)) return;
    known.add(server);
    const others = server.listeners("request");
    server.removeAllListeners("request");
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      const name = request.method === "POST" ? CALL.exec(request.url ?? "")?.[1] : undefined;
      if (name === undefined) {
        for (const other of others) other.call(server, request, response);
        return;
      }
      serve(request, response, name).catch((error: unknown) => {
        log.error({ error }, "a node's call could not be answered");
        response.destroy();
      });
    });
  });
}
