import type { Socket } from "node:net";
import { type RequestHead, writeRequestHead } from "./request-head.js";
import type { ResponseHead } from "./response-head.js";
import { ResponseReader, type ResponseSink } from "./response-reader.js";
import { sendBody } from "./send-body.js";
import { UpstreamError } from "./upstream-error.js";
import type { UpstreamHandler, UpstreamRequest } from "./upstream-exchange.js";

/** An idle connection is given up this much before the upstream said it would be, ms: what is under way then would be lost. */
const IDLE_MARGIN_MS = 1_000;

export interface ConnectionOwner {
  /** Authority for `Host`. */
  readonly host: string;
  readonly keepAliveMs: number;
  /** It has answered, and another request may follow. */
  onFree(connection: UpstreamConnection): void;
  onClosed(connection: UpstreamConnection): void;
}

/** One connection to an upstream: one request at a time, and its answer. */
export class UpstreamConnection implements ResponseSink {
  readonly #owner: ConnectionOwner;
  readonly #reader = new ResponseReader(this);
  #socket: Socket | null = null;
  /** Until either side has ended it. */
  #isOpen = false;
  #handler: UpstreamHandler | null = null;
  #stopBody: (() => void) | null = null;
  #bodySent = true;
  #answered = false;
  #mayRead = true;
  /** Of the answer that is being read. */
  #head: ResponseHead | null = null;
  #failure: Error | null = null;
  /** In which the timer below looks, ms. */
  #deadline = 0;
  #responseTimeoutMs = 0;
  #idleMs: number;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(owner: ConnectionOwner) {
    this.#owner = owner;
    this.#idleMs = owner.keepAliveMs;
  }

  get usable(): boolean {
    return this.#isOpen && this.#handler === null;
  }

  /** What `connect` was given as `onread` hands its bytes here. */
  readonly take = (length: number, bytes: Buffer): boolean => {
    try {
      if (this.#handler !== null && !this.#answered) {
        this.#answered = true;
        this.#handler.onResponseStarted();
      }
      this.#reader.read(bytes, length);
    } catch (error) {
      this.destroy(error instanceof Error ? error : undefined);
    }
    if (this.#head !== null && this.#handler !== null) this.#expectWithin(this.#responseTimeoutMs);
    return this.#mayRead;
  };

  opened(socket: Socket): void {
    this.#socket = socket;
    this.#isOpen = true;
    socket.on("error", (error) => {
      this.#isOpen = false;
      this.#failure ??= error;
    });
    socket.on("end", () => {
      this.#isOpen = false;
      if (this.#reader.finish() || this.#handler === null) return;
      this.#failure ??= new UpstreamError("UPSTREAM_CLOSED", "the upstream closed the connection before its answer ended");
    });
    socket.on("close", () => {
      this.#isOpen = false;
      clearTimeout(this.#timer);
      this.#settle(this.#failure ?? new UpstreamError("UPSTREAM_CLOSED", "the connection to the upstream ended"));
      this.#owner.onClosed(this);
    });
    this.#expectWithin(this.#owner.keepAliveMs);
  }

  /** Sends one request. Only for a connection that is usable. */
  send(request: UpstreamRequest, handler: UpstreamHandler): void {
    const socket = this.#socket;
    if (socket === null) throw new Error("the connection is not open");
    let stopped: Error | null = null;
    handler.onConnect((error) => {
      stopped ??= error;
      if (this.#handler === handler) this.destroy(error);
    });
    const head = stopped ?? headOf(request, this.#owner.host);
    if (head instanceof Error) {
      handler.onError(head);
      this.#owner.onFree(this);
      return;
    }
    this.#handler = handler;
    this.#answered = false;
    this.#head = null;
    this.#bodySent = request.body === null;
    this.#responseTimeoutMs = request.responseTimeoutMs;
    this.#reader.expect(request.method === "HEAD");
    this.#expectWithin(request.responseTimeoutMs);
    socket.write(head.text, "latin1");
    if (request.body === null) return;
    this.#stopBody = sendBody(socket, request.body, head.bodyLength, {
      onSent: () => {
        this.#bodySent = true;
        // The upstream's time begins when it has the whole request.
        if (this.#head === null) this.#expectWithin(request.responseTimeoutMs);
      },
      onFailed: (error) => this.destroy(error),
    });
  }

  /** @param error what a request that is under way is told */
  destroy(error?: Error): void {
    this.#isOpen = false;
    this.#failure ??= error ?? null;
    const told = this.#failure ?? new UpstreamError("UPSTREAM_ABORTED", "the connection was given up");
    this.#socket?.destroy();
    this.#settle(told);
  }

  onHead(head: ResponseHead): void {
    const handler = this.#handler;
    if (handler === null) return;
    if (head.status >= 200) this.#head = head;
    handler.onHeaders(head.status, head.rawHeaders, this.#resume);
  }

  onBody(chunk: Buffer): void {
    if (this.#handler === null) return;
    if (!this.#handler.onData(chunk)) this.#mayRead = false;
  }

  onEnd(reusable: boolean): void {
    const handler = this.#handler;
    const idle = this.#head?.idleSeconds ?? null;
    if (idle !== null) this.#idleMs = Math.min(this.#owner.keepAliveMs, idle * 1_000 - IDLE_MARGIN_MS);
    const goesOn = reusable && this.#bodySent && this.#idleMs > 0;
    this.#handler = null;
    this.#stopBody?.();
    this.#stopBody = null;
    this.#mayRead = true;
    if (goesOn) this.#expectWithin(this.#idleMs);
    else this.destroy();
    handler?.onComplete();
    if (goesOn) this.#owner.onFree(this);
  }

  readonly #resume = (): void => {
    if (this.#mayRead) return;
    this.#mayRead = true;
    this.#expectWithin(this.#responseTimeoutMs);
    this.#socket?.resume();
  };

  #settle(error: Error): void {
    const handler = this.#handler;
    this.#handler = null;
    this.#stopBody?.();
    this.#stopBody = null;
    handler?.onError(error);
  }

  /** Moves the deadline. A timer that is set to ring before it stays: it looks again when it rings. */
  #expectWithin(ms: number): void {
    this.#deadline = performance.now() + ms;
    if (this.#timerAt <= this.#deadline) return;
    clearTimeout(this.#timer);
    this.#arm(ms);
  }

  #arm(ms: number): void {
    this.#timerAt = performance.now() + ms;
    this.#timer = setTimeout(this.#onTimer, ms);
    this.#timer.unref();
  }

  readonly #onTimer = (): void => {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const left = this.#deadline - performance.now();
    // Nobody waits for the upstream while its answer waits for the client, or a body for its sender.
    const isHeld = this.#handler !== null && (!this.#mayRead || (!this.#bodySent && this.#socket?.writableNeedDrain !== true));
    if (left > 1) this.#arm(left);
    else if (isHeld) this.#arm(this.#responseTimeoutMs);
    else if (this.#handler === null) this.destroy();
    else if (this.#head === null) this.destroy(new UpstreamError("UPSTREAM_HEAD_TIMEOUT", "the upstream did not answer in time"));
    else this.destroy(new UpstreamError("UPSTREAM_BODY_TIMEOUT", "the upstream's answer stopped coming"));
  };
}

function headOf(request: UpstreamRequest, host: string): RequestHead | Error {
  try {
    return writeRequestHead(request, host);
  } catch (error) {
    return error instanceof Error ? error : new UpstreamError("UPSTREAM_REQUEST_INVALID", "the request cannot be written");
  }
}
