import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Allow, authenticate, type Decision, type DenyCode, type Principal } from "@sallyport/pipeline";
import type { FleetSpec } from "@sallyport/snapshot";
import type { Dispatcher } from "undici";
import type { Attempt, Target } from "../upstreams/upstream.js";
import { failureReason, upstreamFailure } from "../upstreams/upstream-failure.js";
import { refusalOnTheWire } from "./refusal.js";
import { type RequestContext, readRequestContext } from "./request-context.js";
import { responseHeaders } from "./response-headers.js";
import { factsOf, type ServeDeps } from "./serve-request.js";
import { hasBody } from "./unread-body.js";
import { upstreamHeaders } from "./upstream-headers.js";

/** setTimeout's longest wait, ms. */
const LONGEST_TIMER_MS = 2_147_483_647;
/** A handshake that never reached a target is tried at so many of them, at most. */
const MOST_TARGETS = 3;
const ignore = (): void => undefined;

/** Connections that have become WebSockets. They end with their credential, with either side, or with the node. */
export interface Upgrades {
  serve(request: IncomingMessage, socket: Socket, head: Buffer): void;
  readonly open: number;
  /** Ends all of them. */
  close(): void;
}

interface AllowedUpgrade {
  readonly decision: Allow;
  readonly context: RequestContext;
  readonly socket: Socket;
  /** What the client sent right behind its handshake. */
  readonly head: Buffer;
  readonly fleet: FleetSpec;
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
      const refuseAllowed = (code: DenyCode, detail?: string): void => {
        deps.observer.failed(facts, decision, code, detail);
        refuse(code, { tenant: decision.tenant.slug });
      };
      const wanted = request.headers.upgrade?.toLowerCase();
      if (!decision.route.spec.websocket || wanted !== "websocket" || request.method !== "GET") refuseAllowed("upgrade_not_allowed");
      else if (hasBody(request)) refuseAllowed("bad_request");
      else connect({ decision, context: { ...names, requestId }, socket, head, fleet: compiled.settings, refuse: refuseAllowed });
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

  const connect = ({ decision, context, socket, head, fleet, refuse }: AllowedUpgrade): void => {
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
        const headers = responseHeaders(rawHeaders ?? [], context.requestId);
        headers.push("Connection", "Upgrade", "Upgrade", "websocket");
        socket.write(headOnTheWire(status, "Switching Protocols", headers));
        if (head.length > 0) far.write(head);
        joinUntil(socket, far, untilExpiryMs(decision.principal, deps.ports.clock.now()));
      },
      onHeaders(status, rawHeaders, onResume) {
        if (status < 200) return true;
        answering = true;
        attempt.answered(status);
        resume = onResume;
        const headers = responseHeaders(rawHeaders, context.requestId);
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
    const headers = upstreamHeaders(decision, context, from, fleet);
    const send = (): void => {
      attempt.connections.pool.dispatch(
        { path: decision.upstreamTarget, method: "GET", headers, upgrade: "websocket", headersTimeout: responseTimeoutMs },
        handler,
      );
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

  const joinUntil = (client: Socket, upstream: Duplex, lifeMs: number | null): void => {
    tunnels.add(client);
    const end = (): void => {
      clearTimeout(timer);
      tunnels.delete(client);
      client.destroy();
      upstream.destroy();
    };
    // BEHAVIOUR §7: closed when the credential expires.
    const timer = lifeMs === null ? undefined : setTimeout(end, Math.min(Math.max(0, lifeMs), LONGEST_TIMER_MS));
    timer?.unref();
    client.once("close", end);
    upstream.once("close", end).on("error", ignore);
    client.setNoDelay(true);
    client.pipe(upstream);
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

/** How long what was upgraded may stay open; null where no credential ends. */
function untilExpiryMs(principal: Principal | null, now: number): number | null {
  return principal === null || principal.expiresAt === null ? null : principal.expiresAt * 1_000 - now;
}

function headOnTheWire(status: number, reason: string, headers: readonly string[]): Buffer {
  let head = `HTTP/1.1 ${status} ${reason}\r\n`;
  for (let index = 0; index < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return Buffer.from(`${head}\r\n`, "latin1");
}
