import type { Readable } from "node:stream";

/** One request as it goes to an upstream. */
export interface UpstreamRequest {
  readonly method: string;
  /** In origin form. */
  readonly path: string;
  /** Names and values in turn; without `Host`, `Connection` and `Transfer-Encoding`, which are the connection's. */
  readonly headers: readonly string[];
  /** With `Content-Length` among the headers it must be as long as that; without, it goes in chunks. */
  readonly body: Readable | null;
  /** For the head of the answer, and between two pieces of its body, ms. */
  readonly responseTimeoutMs: number;
}

/** What becomes of it. Nothing is told after `onComplete` or `onError`. */
export interface UpstreamHandler {
  /** No connection is free, and none may be opened: it waits. */
  onWaiting(): void;
  /** It is about to be written. @param abort breaks off, at any time from now on; `onError` follows */
  onConnect(abort: (error: Error) => void): void;
  /** The first byte of an answer has come. */
  onResponseStarted(): void;
  /** Once for each interim answer and then for the answer itself. @param resume after `onData` said false */
  onHeaders(status: number, rawHeaders: readonly string[], resume: () => void): void;
  /** @param chunk is good until this returns @returns false to be told nothing more until `resume` */
  onData(chunk: Buffer): boolean;
  onComplete(): void;
  onError(error: Error): void;
}
