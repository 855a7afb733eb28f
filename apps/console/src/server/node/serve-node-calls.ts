import "server-only";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Answer } from "@/server/http/problem";
import { requireSmall, tooLarge } from "@/server/http/read-json";
import { log } from "@/server/log";
import { answerNodeCall, type IncomingCall, idleAnswer, knownToken, MAX_BYTES } from "@/server/node/dispatch";

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

interface BodyReader {
  readonly read: (bytes: Buffer) => void;
  readonly failed: (error: unknown) => void;
}

/** Reads the body, bounded in bytes whatever its declared length says. One of the two is called, once. Fails with BodyError 413, or when the caller goes. */
function readBody(request: IncomingMessage, maxBytes: number, { read, failed }: BodyReader): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let over = false;
  const end = (call: () => void): void => {
    if (over) return;
    over = true;
    call();
  };
  try {
    requireSmall(request.headers["content-length"], maxBytes);
  } catch (error) {
    end(() => failed(error));
    return;
  }
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) end(() => failed(tooLarge(maxBytes)));
    else chunks.push(chunk);
  });
  request.once("end", () => end(() => read(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks))));
  request.once("error", (error) => end(() => failed(error)));
  request.once("close", () => end(() => failed(new Error("the caller has gone"))));
}

type Bytes = IncomingCall["bytes"];

const bytesOf =
  (request: IncomingMessage): Bytes =>
  (maxBytes) =>
    new Promise((read, failed) => readBody(request, maxBytes, { read, failed }));

function incomingCall(request: IncomingMessage, response: ServerResponse, bytes: Bytes): IncomingCall {
  let gone: AbortController | null = null;
  return {
    headers: {
      get(name) {
        const value = request.headers[name];
        return Array.isArray(value) ? value.join(", ") : (value ?? null);
      },
    },
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
    bytes,
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

function write(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  // What was not read of a refused body would be taken for the next request.
  if (!request.complete) response.shouldKeepAlive = false;
  response.writeHead(status, [...headerList(headers), "content-length", String(Buffer.byteLength(body))]);
  response.end(body);
}

function giveUp(response: ServerResponse, error: unknown): void {
  log.error({ error }, "a node's call could not be answered");
  response.destroy();
}

function answer(request: IncomingMessage, response: ServerResponse, name: string, bytes = bytesOf(request)): void {
  answerNodeCall(incomingCall(request, response, bytes), name)
    .then((made) => write(request, response, made))
    .catch((error: unknown) => giveUp(response, error));
}

/** Idle polls are most of all calls: without a promise, since the framework follows each one there is. */
function answerPoll(request: IncomingMessage, response: ServerResponse, token: string): void {
  readBody(request, MAX_BYTES.sync, {
    read(body) {
      try {
        const idle = idleAnswer(token, body);
        if (idle === null) answer(request, response, "sync", () => Promise.resolve(body));
        else write(request, response, idle);
      } catch (error) {
        giveUp(response, error);
      }
    },
    failed: (error) => answer(request, response, "sync", () => Promise.reject(error)),
  });
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
      // Who is not known is asked for a proof before anything of the body is read.
      const token = name === "sync" ? knownToken(request.headers.authorization) : null;
      if (token === null) answer(request, response, name);
      else answerPoll(request, response, token);
    });
  });
}
