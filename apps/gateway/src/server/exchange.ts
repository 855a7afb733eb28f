import type { Allow, CompiledSnapshot, DenyCode, RequestFacts } from "@sallyport/pipeline";
import type { OpenPassage, OpenPassages } from "../open/open-passages.js";
import type { UpstreamHandler } from "../upstreams/http1/upstream-exchange.js";
import type { Attempt, Target, Upstream } from "../upstreams/upstream.js";
import { failureReason, isReset, UpstreamQueueTimeout, upstreamFailure } from "../upstreams/upstream-failure.js";
import type { ClientRequest, ClientResponse } from "./client-message.js";
import { type ActiveExchange, connectionOf, leave } from "./connection.js";
import { ReplayedBody } from "./replayed-body.js";
import { BodyFailure, RequestBody } from "./request-body.js";
import { responseHeaders } from "./response-headers.js";
import { endAfterDraining } from "./unread-body.js";

/** RFC 9110 §9.2.2. */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
/** Up to here a body is copied to travel with its head; beyond, copying costs more than a second write. */
const ONE_WRITE_BYTES = 16_384;
/** A request that never reached a target is tried at so many of them, at most. */
const MOST_TARGETS = 3;
/** An answer that announces more may take its time, as one does that announces nothing. */
const LONG_BYTES = 1_048_576;
/** RFC 9110 §6.4.1: answers that never have a body. */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);
const ignore = (): void => undefined;

export interface ExchangeRequest {
  readonly request: ClientRequest;
  readonly response: ClientResponse;
  readonly facts: RequestFacts;
  readonly decision: Allow;
  /** By which it was decided. */
  readonly compiled: CompiledSnapshot;
  /** Where an answer that goes on and on is held to its credential. */
  readonly open: OpenPassages;
  readonly headers: string[];
  readonly hasBody: boolean;
  /** The body, where it has been read as a whole. */
  readonly wholeBody: Buffer | null;
  /** Told of the head of the upstream's answer; null where nobody listens. */
  readonly answered: ((status: number, rawHeaders: readonly string[]) => void) | null;
  readonly requestId: string;
  readonly upstream: Upstream;
  /** At the target that was chosen first. */
  readonly attempt: Attempt;
  /** True once the node drains: the client is told to come back on another connection. */
  readonly draining: () => boolean;
  /** Writes a refusal as long as nothing has been answered. */
  readonly refuse: (code: DenyCode, detail?: string) => void;
}

/**
 * One allowed request, from the upstream's queue to the last byte of its answer. Bytes stream both ways and wait for the slower side.
 */
export class Exchange implements UpstreamHandler, ActiveExchange, OpenPassage {
  readonly #exchange: ExchangeRequest;
  #body: RequestBody | ReplayedBody | null = null;
  #attempt: Attempt;
  readonly #tried: Target[] = [];
  #abort: ((error: Error) => void) | null = null;
  #resume: (() => void) | null = null;
  #queueTimer: NodeJS.Timeout | undefined;
  #failure: Error | null = null;
  #answered = false;
  #written = false;
  /** What the answer's head announces; -1 when it says nothing. */
  #announced = -1;
  #retried = false;
  #over = false;
  #leaveOpen: (() => void) | null = null;

  constructor(exchange: ExchangeRequest) {
    this.#exchange = exchange;
    this.#attempt = exchange.attempt;
    if (exchange.hasBody) this.#openBody();
    exchange.response.on("error", ignore);
    exchange.response.on("close", this.#onClose);
    connectionOf(exchange.request.socket).exchanges.push(this);
  }

  get facts(): RequestFacts {
    return this.#exchange.facts;
  }

  get received(): boolean {
    return this.#exchange.request.complete;
  }

  send(): void {
    const { decision, headers, request } = this.#exchange;
    this.#attempt.connections.pool.dispatch(
      {
        path: decision.upstreamTarget,
        method: request.method ?? "GET",
        headers,
        body: this.#body,
        responseTimeoutMs: decision.route.upstream.responseTimeoutMs,
      },
      this,
    );
  }

  /** The upstream's own timeouts begin when the request is written: waiting for a free connection needs one too. */
  onWaiting(): void {
    if (this.#over) return;
    const { connectTimeoutMs, responseTimeoutMs } = this.#exchange.decision.route.upstream.spec;
    this.#queueTimer = setTimeout(() => this.#fail(new UpstreamQueueTimeout()), connectTimeoutMs + responseTimeoutMs);
  }

  breakOff(): void {
    this.#fail(new BodyFailure("bad_request", "the client's bytes are not HTTP"));
  }

  /** In mid-answer: half of it must not look like the whole. */
  end(): void {
    this.abandon();
  }

  abandon(): void {
    this.#exchange.response.destroy();
    this.#onClose();
  }

  onConnect(abort: (error: Error) => void): void {
    clearTimeout(this.#queueTimer);
    this.#abort = abort;
    if (this.#over || this.#failure !== null) abort(this.#failure ?? gone());
  }

  onResponseStarted(): void {
    this.#answered = true;
  }

  onHeaders(status: number, rawHeaders: readonly string[], resume: () => void): void {
    // Interim answers are between the upstream and us: our own 100 has been given where it was asked for.
    if (status < 200) return;
    const { request, response, requestId, decision } = this.#exchange;
    this.#resume = resume;
    this.#attempt.answered(status);
    this.#exchange.answered?.(status, rawHeaders);
    const headers = responseHeaders(rawHeaders, { requestId, cors: decision.cors });
    this.#announced = announcedLength(headers);
    // An answer before the body's end: what still comes is let go, and then the connection.
    if (this.#exchange.draining() || (this.#body !== null && !request.complete)) headers.push("Connection", "close");
    response.writeHead(status, headers);
    if ((this.#announced === -1 && !BODILESS.has(status) && request.method !== "HEAD") || this.#announced > LONG_BYTES)
      this.#leaveOpen = this.#exchange.open.add(this, this.#exchange);
    // Whatever came along in the same read goes out with the head; an event stream's head does not wait for its first event.
    process.nextTick(this.#flushHead);
  }

  onData(chunk: Buffer): boolean {
    const { response } = this.#exchange;
    this.#written = true;
    if (response.destroyed) return false;
    if (chunk.length === this.#announced && chunk.length <= ONE_WRITE_BYTES && this.received) {
      // The whole of a small body, and the head has not left yet: as text of single bytes both go out in one write.
      response.end(chunk.toString("latin1"), "latin1");
      return true;
    }
    // The chunk is the connection's, and what is written may have to wait.
    if (response.write(Buffer.from(chunk))) return true;
    response.once("drain", this.#onDrain);
    return false;
  }

  onComplete(): void {
    const { request, response } = this.#exchange;
    this.#written = true;
    if (response.writableEnded) return;
    if (this.#body !== null && !request.complete) endAfterDraining(request, response);
    else response.end();
  }

  onError(error: Error): void {
    if (this.#over) return;
    const { response, refuse } = this.#exchange;
    clearTimeout(this.#queueTimer);
    if (response.headersSent) {
      // Half an answer must not look like a whole one.
      response.destroy();
      return;
    }
    const reason = this.#failure ?? error;
    this.#attempt.failed(reason);
    if (this.#mayGoElsewhere(reason) && this.#goElsewhere()) return;
    const code = upstreamFailure(reason);
    if (code === null) response.destroy();
    else refuse(code, failureReason(reason));
  }

  /** BEHAVIOUR §7: idempotent requests only, where none of the body has left; and, once it was handed to a target, once at most. */
  #mayGoElsewhere(reason: Error): boolean {
    if (this.#failure !== null || this.#answered || !IDEMPOTENT.has(this.#exchange.request.method ?? "")) return false;
    // Without a connection it has not reached anybody.
    if (this.#abort === null) return this.#tried.length + 1 < MOST_TARGETS && this.#exchange.upstream.targets.length > 1 && this.#isWhole();
    return !this.#retried && this.#body === null && isReset(reason);
  }

  #isWhole(): boolean {
    return this.#body === null || this.#body.isUntouched;
  }

  /** @returns false when there is no other target, and the same one would not do */
  #goElsewhere(): boolean {
    const { upstream } = this.#exchange;
    const reached = this.#abort !== null;
    this.#attempt.end();
    this.#tried.push(this.#attempt.target);
    // A kept connection that broke says little of the target: without another one, a new connection to it is tried.
    const next = upstream.begin(this.#tried) ?? (reached ? upstream.begin() : null);
    if (next === null) return false;
    this.#retried ||= reached;
    this.#attempt = next;
    this.#abort = null;
    if (this.#body !== null) this.#openBody();
    this.send();
    return true;
  }

  #openBody(): void {
    const { request, decision, wholeBody } = this.#exchange;
    this.#body?.destroy();
    const body = wholeBody === null ? new RequestBody(request, decision.route.maxRequestBodyBytes) : new ReplayedBody(wholeBody);
    // Who sends it listens meanwhile; a failure after that has nothing left to do.
    this.#body = body.on("error", ignore);
  }

  #fail(error: Error): void {
    if (this.#over) return;
    this.#failure = error;
    if (this.#abort === null) this.onError(error);
    else this.#abort(error);
  }

  readonly #flushHead = (): void => {
    const { response } = this.#exchange;
    if (!this.#written && !response.destroyed) response.flushHeaders();
  };

  readonly #onDrain = (): void => this.#resume?.();

  /** The answer is finished, or the client has gone: either way nobody needs the upstream's any more. */
  readonly #onClose = (): void => {
    if (this.#over) return;
    this.#over = true;
    this.#leaveOpen?.();
    leave(connectionOf(this.#exchange.request.socket), this);
    clearTimeout(this.#queueTimer);
    this.#attempt.end();
    if (!this.#exchange.response.writableFinished) this.#abort?.(gone());
    this.#body?.destroy();
  };
}

const gone = (): BodyFailure => new BodyFailure(null, "the client went away");

function announcedLength(headers: readonly string[]): number {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? "";
    if (name.length === 14 && name.toLowerCase() === "content-length") return Number(headers[index + 1]);
  }
  return -1;
}
