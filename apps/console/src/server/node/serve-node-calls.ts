import "server-only";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Answer } from "@/server/http/problem";
import { requireSmall, tooLarge } from "@/server/http/read-json";
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
  let gone: AbortController | null = null;
  const header = (name: string): string | null => {
    const value = request.headers[name];
    return Array.isArray(value) ? value.join(", ") : (value ?? null);
  };
  return {
    headers: { get: header },
    // Made for those who wait: most calls are answered before anybody could go.
    get signal() {
      if (gone !== null) return gone.signal;
      const ending = new AbortController();
      gone = ending;
      response.once("close", () => {
        // After an answer there is nobody to tell, and the reason of an abort is costly to make.
        if (!response.writableFinished) ending.abort();
      });
      if (response.destroyed) ending.abort();
      return ending.signal;
    },
    bytes: (maxBytes) => bytesOf(request, maxBytes),
  };
}

const API_HEADER_LIST = Object.entries(API_HEADERS).flat();
/** Names and values in turn, made once for each of the few sets of fields that all answers share. */
const lists = new WeakMap<Answer["headers"], readonly string[]>();

function headerList(headers: Answer["headers"]): readonly string[] {
  const known = lists.get(headers);
  if (known !== undefined) return known;
  const list = [...API_HEADER_LIST, ...Object.entries(headers).flat()];
  lists.set(headers, list);
  return list;
}

async function serve(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
  const { status, headers, body } = await answerNodeCall(incomingCall(request, response), name);
  if (response.destroyed) return;
  // What was not read of a refused body would be taken for the next request.
  if (!request.complete) response.shouldKeepAlive = false;
  response.writeHead(status, [...headerList(headers), "content-length", String(Buffer.byteLength(body))]);
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
