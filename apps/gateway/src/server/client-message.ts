import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";

/**
 * A request as the data plane reads it, whichever version of HTTP brought it. node:http's `IncomingMessage` is one; `http2/request.ts`
 * makes one of an HTTP/2 stream.
 */
export interface ClientRequest extends Pick<Readable, "on" | "off" | "pause" | "resume" | "destroyed"> {
  readonly method?: string | undefined;
  /** The target as it stood on the wire. */
  readonly url?: string | undefined;
  readonly httpVersion: string;
  /** Names and values in turn, duplicates kept. */
  readonly rawHeaders: string[];
  /** For the framing fields and the like; what is believed comes from `rawHeaders`. */
  readonly headers: IncomingHttpHeaders;
  /** The whole of it arrived; false for one that was broken off, also after its `end`. */
  readonly complete: boolean;
  /** The connection's, shared by the requests of HTTP/2. */
  readonly socket: Socket;
  /** HTTP/2 says with the head whether a body follows; HTTP/1.1 says it in its framing fields, and this is left out. */
  readonly endsWithHead?: boolean;
}

/** Where its answer goes; node:http's `ServerResponse` is one. */
export interface ClientResponse extends Pick<Writable, "on" | "once" | "off" | "destroyed" | "writableEnded" | "writableFinished"> {
  readonly statusCode: number;
  readonly headersSent: boolean;
  /** @param headers names and values in turn */
  writeHead(status: number, headers: string[]): unknown;
  write(chunk: string | Uint8Array): boolean;
  end(chunk?: string | Uint8Array, encoding?: BufferEncoding): unknown;
  flushHeaders(): void;
  /** `100 Continue`: the body may come. */
  writeContinue(): void;
  /** Breaks off, so that half an answer does not look like a whole one. */
  destroy(): unknown;
}
