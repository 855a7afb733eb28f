import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { listen, type RunningServer } from "./listen.js";
import { acceptWebSocketEcho } from "./websocket-echo.js";

/** What the upstream saw, as it answers it. */
export interface EchoAnswer {
  readonly upstream: string;
  readonly method: string;
  /** The request target, byte for byte. */
  readonly url: string;
  /** Names and values in turn, as on the wire. */
  readonly headers: readonly string[];
  readonly body: { readonly bytes: number; readonly sha256: string };
}

export interface EchoUpstream extends RunningServer {
  /** Requests answered so far. */
  requestCount(): number;
}

function echo(request: IncomingMessage, response: ServerResponse, upstream: string): void {
  const hash = createHash("sha256");
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    hash.update(chunk);
  });
  request.on("end", () => {
    const answer: EchoAnswer = {
      upstream,
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.rawHeaders,
      body: { bytes, sha256: hash.digest("hex") },
    };
    const json = `${JSON.stringify(answer, null, 2)}\n`;
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(json) });
    response.end(json);
  });
}

/** Ten events, one each 100 ms, unless `?count=` and `?ms=` say otherwise. */
function serverSentEvents(response: ServerResponse, query: URLSearchParams): void {
  const count = Math.min(Number(query.get("count") ?? 10), 10_000);
  const ms = Number(query.get("ms") ?? 100);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  let sent = 0;
  const timer = setInterval(() => {
    sent += 1;
    response.write(`id: ${sent}\ndata: tick ${sent}\n\n`);
    if (sent >= count) response.end();
  }, ms);
  response.on("close", () => clearInterval(timer));
}

/** `?bytes=` zero bytes, as fast as they are read. */
function download(response: ServerResponse, query: URLSearchParams): void {
  let left = Number(query.get("bytes") ?? 1_048_576);
  const chunk = Buffer.alloc(65_536);
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": left });
  const pump = () => {
    while (left > 0) {
      const part = left >= chunk.length ? chunk : chunk.subarray(0, left);
      left -= part.length;
      if (!response.write(part)) return;
    }
    response.end();
  };
  response.on("drain", pump);
  pump();
}

/**
 * Answers what it was asked, as JSON. Further paths, also below a base path: `/stream` echoes the body as it comes, `/sse` sends events,
 * `/slow?ms=` waits before it answers, `/status?code=` answers with that status, `/download?bytes=` sends that many,
 * `/reset` breaks the connection in mid-body; a WebSocket handshake on any path gets an echo.
 */
export async function startEchoUpstream(options: { port?: number; name?: string; host?: string } = {}): Promise<EchoUpstream> {
  const name = options.name ?? "echo";
  let count = 0;
  const running = await listen(
    (request, response) => {
      count += 1;
      const url = new URL(request.url ?? "/", "http://upstream.invalid");
      switch (url.pathname.split("/").at(-1)) {
        case "stream":
          response.writeHead(200, { "content-type": request.headers["content-type"] ?? "application/octet-stream" });
          request.pipe(response);
          return;
        case "sse":
          serverSentEvents(response, url.searchParams);
          return;
        case "slow":
          setTimeout(() => echo(request, response, name), Number(url.searchParams.get("ms") ?? 1_000));
          return;
        case "status":
          request.resume();
          response.writeHead(Number(url.searchParams.get("code") ?? 200)).end();
          return;
        case "download":
          download(response, url.searchParams);
          return;
        case "reset":
          response.writeHead(200, { "content-length": 1_000 });
          response.write("half of", () => request.socket.destroy());
          return;
        default:
          echo(request, response, name);
      }
    },
    options.port,
    options.host,
  );
  running.server.on("upgrade", acceptWebSocketEcho);
  return { ...running, requestCount: () => count };
}
