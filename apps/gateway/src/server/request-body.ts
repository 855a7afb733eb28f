import { Readable } from "node:stream";
import type { DenyCode } from "@sallyport/pipeline";
import type { ClientRequest } from "./client-message.js";

/** Why a request's body ended before its end; `code` is what the client hears, null when there is nobody left to hear. */
export class BodyFailure extends Error {
  override readonly name = "BodyFailure";
  readonly code: DenyCode | null;
  constructor(code: DenyCode | null, message: string) {
    super(message);
    this.code = code;
  }
}

/** No byte for this long ends an upload, ms. */
const IDLE_MS = 60_000;

/**
 * The client's body on its way to the upstream: counted against the route's limit, held back while the upstream is slow,
 * and apart from the client's socket, so that an upstream's failure does not take the answer's way with it.
 */
export class RequestBody extends Readable {
  readonly #request: ClientRequest;
  readonly #maxBytes: number;
  #bytes = 0;
  #listening = false;
  #idle: NodeJS.Timeout | undefined;
  /** It is the upstream that everybody waits for. */
  #held = false;

  constructor(request: ClientRequest, maxBytes: number) {
    super({ highWaterMark: 65_536 });
    this.#request = request;
    this.#maxBytes = maxBytes;
  }

  /** Nobody has asked for a byte of it yet. */
  get isUntouched(): boolean {
    return !this.#listening;
  }

  override _read(): void {
    if (!this.#listening) {
      this.#listening = true;
      this.#request.on("data", this.#onData).on("end", this.#onEnd).on("close", this.#onClose);
      this.#idle = setTimeout(this.#onIdle, IDLE_MS);
    }
    this.#held = false;
    this.#request.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#idle);
    this.#request.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onClose);
    callback(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#idle?.refresh();
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) {
      this.#request.pause();
      this.destroy(new BodyFailure("request_body_too_large", "the request body is larger than the route allows"));
      return;
    }
    if (this.push(chunk)) return;
    this.#held = true;
    this.#request.pause();
  };

  readonly #onIdle = (): void => {
    const code = this.#held ? "upstream_timeout" : "bad_request";
    this.destroy(new BodyFailure(code, this.#held ? "the upstream stopped reading" : "the request body stopped coming"));
  };

  readonly #onEnd = (): void => {
    // A stream of HTTP/2 that was reset ends as one that was finished does.
    if (!this.#request.complete) {
      this.#onClose();
      return;
    }
    clearTimeout(this.#idle);
    this.push(null);
  };

  readonly #onClose = (): void => {
    if (!this.#request.complete) this.destroy(new BodyFailure(null, "the client went away in mid-body"));
  };
}
