import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Allow, authenticate, type CompiledSnapshot, type Decision, type DenyCode, type RequestFacts } from "@sallyport/pipeline";
import type { Dispatcher } from "undici";
import { closeFrame, FrameBoundary } from "../open/frame-boundary.js";
import type { Attempt, Target } from "../upstreams/upstream.js";
import { failureReason, upstreamFailure } from "../upstreams/upstream-failure.js";
import { refusalOnTheWire } from "./refusal.js";
import { type RequestContext, readRequestContext } from "./request-context.js";
import { responseHeaders } from "./response-headers.js";
import { factsOf, type ServeDeps } from "./serve-request.js";
import { hasBody } from "./unread-body.js";
import { upstreamHeaders } from "./upstream-headers.js";

/** A handshake that never reached a target is tried at so many of them, at most. */
const MOST_TARGETS = 3;
/** From our Close frame to the end of the connection, ms: a client that does not answer it is not waited for. */
const FAREWELL_MS = 1_000;
const ignore = (): void => undefined;

/** Connections that have become WebSockets. They end with their credential, with what let them in, with either side, or with the node. */
export interface Upgrades {
  serve(request: IncomingMessage, socket: Socket, head: Buffer): void;
  readonly open: number;
  /** Ends all of them. */
  close(): void;
}

interface AllowedUpgrade {
  readonly decision: Allow;
  readonly facts: RequestFacts;
  readonly context: RequestContext;
  readonly socket: Socket;
  /** What the client sent right behind its handshake. */
  readonly head: Buffer;
  readonly compiled: CompiledSnapshot;
  readonly refuse: (code: DenyCode, detail?: string) => void;
}

export function createUpgrades(deps: ServeDeps): Upgrades {
  const tunnels = new Set<Duplex>();

  const serve = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    const began = performance.now();
    const { requestId, ...names } = readRequestContext(request);
    const target = request.url ?? "";
    // Without node:http nobody listens to this socket any more.
    socket.on("error", ignore);
    const refuse = (code: DenyCode, facts: Omit<Parameters<typeof refusalOnTheWire>[1], "requestId"> = {}): void => {
      if (!socket.destroyed) socket.end(refusalOnTheWire(code, { ...facts, requestId }));
    };
    const compiled = deps.store.current;
    if (compiled === null || deps.draining()) {
      deps.observer.failed({ method: request.method ?? "", target, requestId }, null, "not_ready");
      refuse("not_ready");
      return;
    }
    const facts = factsOf(request, target, requestId);
    const settle = (decision: Decision): void => {
      deps.observer.decided(facts, decision, performance.now() - began);
      if (decision.outcome === "deny") {
        refuse(decision.code, decision);
        return;
      }
      // No preflight asks for an upgrade: the pipeline lets none of this kind be one.
      if (decision.outcome === "preflight") {
        refuse("upgrade_not_allowed");
        return;
      }
      const refuseAllowed = (code: DenyCode, detail?: string): void => {
        deps.observer.failed(facts, decision, code, detail);
        refuse(code, { tenant: decision.tenant.slug });
      };
      const wanted = request.headers.upgrade?.toLowerCase();
      if (!decision.route.websocket || wanted !== "websocket" || request.method !== "GET") refuseAllowed("upgrade_not_allowed");
      else if (hasBody(request)) refuseAllowed("bad_request");
      else connect({ decision, facts, context: { ...names, requestId }, socket, head, compiled, refuse: refuseAllowed });
    };
    const fault = (): void => {
      deps.observer.failed(facts, null, "internal_fault");
      refuse("internal_fault");
    };
    try {
      const decision = authenticate(compiled, facts, deps.ports);
      if (decision instanceof Promise) decision.then(settle).catch(fault);
      else settle(decision);
    } catch {
      fault();
    }
  };

  const connect = ({ decision, facts, context, socket, head, compiled, refuse }: AllowedUpgrade): void => {
    const upstream = deps.upstreams.of(decision.route.upstream);
    const { connectTimeoutMs, responseTimeoutMs } = decision.route.upstream.spec;
    const first = upstream.begin();
    if (first === null) {
      refuse("upstream_unreachable");
      return;
    }
    let attempt: Attempt = first;
    const tried: Target[] = [];
    let abort: ((error?: Error) => void) | undefined;
    let resume: (() => void) | undefined;
    let reached = false;
    let answering = false;
    // For a free connection; from there on the upstream's own timeout counts.
    const waiting = setTimeout(() => refuse("upstream_timeout"), connectTimeoutMs + responseTimeoutMs);
    socket.on("drain", () => resume?.());
    socket.once("close", () => {
      clearTimeout(waiting);
      attempt.end();
      abort?.();
    });
    const answerFacts = { requestId: context.requestId, cors: decision.cors };
    const handler: Dispatcher.DispatchHandler = {
      onConnect(stop) {
        clearTimeout(waiting);
        reached = true;
        if (socket.writable) abort = stop;
        else stop();
      },
      onUpgrade(status, rawHeaders, far) {
        abort = undefined;
        attempt.answered(status);
        const headers = responseHeaders(rawHeaders ?? [], answerFacts);
        headers.push("Connection", "Upgrade", "Upgrade", "websocket");
        socket.write(headOnTheWire(status, "Switching Protocols", headers));
        if (head.length > 0) far.write(head);
        join(socket, far, { facts, decision, compiled });
      },
      onHeaders(status, rawHeaders, onResume) {
        if (status < 200) return true;
        answering = true;
        attempt.answered(status);
        resume = onResume;
        const headers = responseHeaders(rawHeaders, answerFacts);
        headers.push("Connection", "close");
        return socket.write(headOnTheWire(status, STATUS_CODES[status] ?? "", headers));
      },
      onData: (chunk) => socket.write(chunk),
      onComplete: () => void socket.end(),
      onError(error) {
        attempt.failed(error);
        if (!reached && goElsewhere()) return;
        clearTimeout(waiting);
        if (answering) socket.destroy();
        else refuse(upstreamFailure(error) ?? "upstream_unreachable", failureReason(error));
      },
    };
    const from = { remoteAddress: socket.remoteAddress ?? "", secure: "encrypted" in socket };
    const headers = upstreamHeaders(decision, context, from, compiled.settings);
    const send = (): void => {
      attempt.connections
        .upgrades()
        .dispatch({ path: decision.upstreamTarget, method: "GET", headers, upgrade: "websocket", headersTimeout: responseTimeoutMs }, handler);
    };
    /** A handshake that reached nobody is tried at the other targets, one after the other. */
    const goElsewhere = (): boolean => {
      tried.push(attempt.target);
      const next = socket.writable && tried.length < MOST_TARGETS ? upstream.begin(tried) : null;
      if (next === null) return false;
      attempt.end();
      attempt = next;
      send();
      return true;
    };
    send();
  };

  const join = (client: Socket, upstream: Duplex, { facts, ...by }: Pick<AllowedUpgrade, "facts" | "decision" | "compiled">): void => {
    tunnels.add(client);
    const sent = new FrameBoundary();
    const over = (): void => {
      leave();
      tunnels.delete(client);
      client.destroy();
      upstream.destroy();
    };
    // BEHAVIOUR §7: closed when the credential expires or is revoked.
    const end = (code: DenyCode): void => {
      upstream.unpipe(client);
      client.unpipe(upstream);
      upstream.off("close", over).destroy();
      if (!sent.isOpen || !client.writable) {
        over();
        return;
      }
      client.resume().end(closeFrame(code));
      setTimeout(over, FAREWELL_MS).unref();
    };
    const leave = deps.open.add({ facts, end }, by);
    client.once("close", over);
    upstream.once("close", over).on("error", ignore);
    client.setNoDelay(true);
    client.pipe(upstream);
    upstream.on("data", (chunk: Buffer) => sent.follow(chunk));
    upstream.pipe(client);
  };

  return {
    serve,
    get open() {
      return tunnels.size;
    },
    close() {
      for (const tunnel of tunnels) tunnel.destroy();
    },
  };
}

function headOnTheWire(status: number, reason: string, headers: readonly string[]): Buffer {
  let head = `HTTP/1.1 ${status} ${reason}\r\n`;
  for (let index = 0; index < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return Buffer.from(`${head}\r\n`, "latin1");
}
