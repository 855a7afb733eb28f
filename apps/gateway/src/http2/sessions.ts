import { randomUUID } from "node:crypto";
import { constants, type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { TLSSocket } from "node:tls";
import { refuse } from "../server/refuse.js";
import type { RequestObserver, ServeRequest } from "../server/serve-request.js";
import { Http2Request } from "./request.js";
import { type RequestHead, readRequestHead } from "./request-head.js";
import { Http2Response } from "./response.js";

/** Requests at once on one connection; more are refused, and the client may send them again (RFC 9113 §5.1.2). */
const MAX_CONCURRENT_STREAMS = 128;
/** Bytes of one body on the way before we have read them. */
const STREAM_WINDOW_BYTES = 262_144;
const CONNECTION_WINDOW_BYTES = 4_194_304;
/** What all streams of a connection may keep in memory, MB: their windows and heads. */
const MAX_SESSION_MEMORY_MB = 48;
/** Above the size that is refused with an answer: only beyond this is a stream reset without a word. */
const MAX_HEADER_LIST_BYTES = 65_536;
/** The fleet may allow as many fields as `maxHeaderCount` has at most; the pipeline counts. */
const MAX_HEADER_PAIRS = 1_100;
/** A connection on which nothing is asked for so long is ended, ms; pings do not keep it. */
const IDLE_MS = 65_000;
/** While nothing is asked, a ping in this time; one that is not answered until the next is due ends the connection. */
const PROBE_EVERY_MS = 5_000;
/** "Send nothing new", without saying yet which streams were the last (RFC 9113 §6.8). */
const LAST_STREAM_ID = 2 ** 31 - 1;

const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM } = constants;

export interface Http2Deps {
  readonly serve: ServeRequest;
  readonly observer: Pick<RequestObserver, "failed">;
  readonly draining: () => boolean;
}

/** The connections that speak HTTP/2. */
export interface Http2Sessions {
  /** Takes a connection over whose TLS handshake chose `h2`. */
  take(socket: TLSSocket): void;
  readonly open: number;
  /** GOAWAY: clients open no new streams; those under way, and those on their way, are served. */
  sayGoodbye(): void;
  /** No new streams are taken; each connection ends with its last one. */
  close(): void;
}

/** Streams that a client may cancel at once, and each second: opening and resetting without end is an attack (CVE-2023-44487). */
const RESET_BURST = 500;
const RESETS_PER_SECOND = 30;

function createResetBudget(): { take(): boolean } {
  let left = RESET_BURST;
  let last = performance.now();
  return {
    take() {
      const now = performance.now();
      left = Math.min(RESET_BURST, left + ((now - last) / 1_000) * RESETS_PER_SECOND) - 1;
      last = now;
      return left >= 0;
    },
  };
}

/** HTTP/2 (RFC 9113) on connections that TLS has made safe. Server push and extended CONNECT (RFC 8441) are not offered. */
export function createHttp2Sessions({ serve, observer, draining }: Http2Deps): Http2Sessions {
  const sessions = new Set<ServerHttp2Session>();

  const take = (socket: TLSSocket): void => {
    const session = performServerHandshake(socket, {
      maxHeaderListPairs: MAX_HEADER_PAIRS,
      maxSessionMemory: MAX_SESSION_MEMORY_MB,
      settings: {
        enablePush: false,
        maxConcurrentStreams: MAX_CONCURRENT_STREAMS,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxHeaderListSize: MAX_HEADER_LIST_BYTES,
      },
    });
    sessions.add(session);
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    const resets = createResetBudget();
    let streams = 0;
    let activeAt = performance.now();
    let answers = true;
    // node:http2 reads no more of a peer that broke the protocol, and so does not see it leave: only an answer shows that it is there.
    const probe = setInterval(() => {
      if (streams > 0) activeAt = performance.now();
      else if (!answers || performance.now() - activeAt > IDLE_MS) session.destroy();
      else {
        answers = false;
        session.ping((error) => {
          answers = error === null;
        });
      }
    }, PROBE_EVERY_MS).unref();
    session.once("close", () => {
      clearInterval(probe);
      sessions.delete(session);
      // What the peer leaves half open would stay so.
      socket.destroy();
    });
    // A peer that breaks the protocol ends its own connection; node:http2 has told it so.
    session.on("error", () => undefined);
    session.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) => {
      streams += 1;
      stream.once("close", () => {
        streams -= 1;
        activeAt = performance.now();
        if (stream.rstCode === NGHTTP2_CANCEL && !resets.take()) session.destroy(undefined, NGHTTP2_ENHANCE_YOUR_CALM);
      });
      const head = readRequestHead(rawHeaders);
      serveStream(new Http2Request(stream, head, headers, socket), new Http2Response(stream), head);
    });
    if (draining()) session.goaway(0, LAST_STREAM_ID);
  };

  const serveStream = (request: Http2Request, response: Http2Response, { fault, target }: RequestHead): void => {
    const { expect } = request.headers;
    const awaitsContinue = expect?.toLowerCase() === "100-continue";
    const code = fault ?? (expect === undefined || awaitsContinue ? null : "bad_request");
    if (code !== null) {
      const requestId = randomUUID();
      observer.failed({ method: request.method, target, requestId }, null, code);
      refuse(request, response, code, { requestId, close: true, awaitsContinue });
      return;
    }
    serve(request, response, { target, awaitsContinue });
  };

  return {
    take,
    get open() {
      return sessions.size;
    },
    sayGoodbye() {
      for (const session of sessions) session.goaway(0, LAST_STREAM_ID);
    },
    close() {
      for (const session of sessions) session.close();
    },
  };
}
