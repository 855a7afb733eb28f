import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { type ClientError, refuseUnreadable } from "./client-error.js";
import { refusalOnTheWire } from "./refusal.js";
import { refuse } from "./refuse.js";
import { createRequestServer, type ServeDeps, type ServeRequest } from "./serve-request.js";
import { createUpgrades, type Upgrades } from "./upgrade.js";

/** The whole head of a request: more is 431, before a byte of it is believed. */
const MAX_HEAD_BYTES = 16_384;
/** For the head to arrive, ms. A body has no limit as a whole: it must keep coming. */
const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than the idle time of usual load balancers (60 s), so that they close first. */
const KEEP_ALIVE_MS = 65_000;

export interface DataServer {
  readonly serve: ServeRequest;
  readonly app: FastifyInstance;
  readonly server: Server;
  readonly upgrades: Upgrades;
}

/**
 * The data plane: node:http reads, one handler serves, Fastify owns the lifecycle (ADR 0004). Nothing between the socket and
 * the pipeline reads, repairs or answers anything by itself.
 */
export function createDataServer(deps: ServeDeps): DataServer {
  const serve = createRequestServer(deps);
  const upgrades = createUpgrades(deps);
  const app = Fastify<Server>({
    // Fastify's own handler is left out: routing is the pipeline's, and it reads the bytes as they came.
    serverFactory: () => {
      const server = createServer(
        {
          maxHeaderSize: MAX_HEAD_BYTES,
          headersTimeout: HEADERS_TIMEOUT_MS,
          requestTimeout: 0,
          connectionsCheckingInterval: 2_000,
          keepAliveTimeout: KEEP_ALIVE_MS,
          keepAlive: true,
          noDelay: true,
          insecureHTTPParser: false,
          // The pipeline asks for Host itself, and its refusal has a body.
          requireHostHeader: false,
        },
        (request, response) => serve(request, response, { target: request.url ?? "", awaitsContinue: false }),
      );
      // Above its limit node:http drops header fields without a word; the pipeline counts them instead (SECURITY §1.9).
      server.maxHeadersCount = 0;
      return server;
    },
    clientErrorHandler: (error: ClientError, socket) => {
      refuseUnreadable(error, socket, (code, requestId) => deps.observer.failed({ method: "", target: "", requestId }, null, code));
    },
    logger: false,
    forceCloseConnections: false,
  });
  const { server } = app;
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response, { target: request.url ?? "", awaitsContinue: true });
  });
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    const requestId = randomUUID();
    deps.observer.failed({ method: request.method ?? "", target: request.url ?? "", requestId }, null, "bad_request");
    refuse(request, response, "bad_request", { requestId, close: true, awaitsContinue: true });
  });
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => upgrades.serve(request, socket, head));
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    const requestId = randomUUID();
    deps.observer.failed({ method: "CONNECT", target: request.url ?? "", requestId }, null, "bad_request");
    socket.on("error", () => undefined);
    socket.end(refusalOnTheWire("bad_request", { requestId }));
  });
  return { serve, app, server, upgrades };
}
