import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { ClientResponse } from "../server/client-message.js";

const { HTTP_STATUS_CONTINUE, NGHTTP2_NO_ERROR } = constants;

/** RFC 9113 §8.2.2: `Connection: close` is said by GOAWAY here, and the rest by nobody. */
const OF_A_CONNECTION = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

/** The answer on one stream of HTTP/2. */
export class Http2Response implements ClientResponse {
  readonly #stream: ServerHttp2Stream;
  statusCode = 200;

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
    // Whoever resets a stream hears of it here, and it is no fault of ours.
    stream.on("error", () => undefined);
    // What still comes of a request that is answered is not wanted (RFC 9113 §8.1).
    stream.once("finish", () => {
      if (!stream.endAfterHeaders && !stream.readableEnded && !stream.closed) stream.close(NGHTTP2_NO_ERROR);
    });
  }

  get headersSent(): boolean {
    return this.#stream.headersSent;
  }

  get destroyed(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  get writableEnded(): boolean {
    return this.#stream.writableEnded;
  }

  get writableFinished(): boolean {
    return this.#stream.writableFinished;
  }

  writeHead(status: number, headers: string[]): void {
    if (this.destroyed) return;
    this.statusCode = status;
    this.#stream.respond(fieldsOf(status, headers));
  }

  write(chunk: string | Uint8Array): boolean {
    // The answer to HEAD, 204 and 304 ended with its head.
    return this.writableEnded || this.destroyed ? true : this.#stream.write(chunk);
  }

  end(chunk?: string | Uint8Array, encoding: BufferEncoding = "utf8"): void {
    if (this.writableEnded || this.destroyed) return;
    if (chunk === undefined) this.#stream.end();
    else this.#stream.end(chunk, encoding);
  }

  /** Nothing waits: a head leaves when it is written. */
  readonly flushHeaders = (): void => undefined;

  writeContinue(): void {
    if (!this.destroyed) this.#stream.additionalHeaders({ ":status": HTTP_STATUS_CONTINUE });
  }

  /** By an error, which resets at once: `close` would first finish the stream, and half an answer would look like a whole one. */
  destroy(): void {
    if (!this.#stream.destroyed) this.#stream.destroy(new Error("the answer broke off"));
  }

  readonly on: ClientResponse["on"] = (name: string, listener: (...args: never[]) => void) => this.#stream.on(name, listener as () => void);
  readonly once: ClientResponse["once"] = (name: string, listener: (...args: never[]) => void) => this.#stream.once(name, listener as () => void);
  readonly off: ClientResponse["off"] = (name: string, listener: (...args: never[]) => void) => this.#stream.off(name, listener as () => void);
}

/** Names in lower case (RFC 9113 §8.2.1), repeated ones together. */
function fieldsOf(status: number, headers: readonly string[]): OutgoingHttpHeaders {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = (headers[index] ?? "").toLowerCase();
    const value = headers[index + 1] ?? "";
    if (OF_A_CONNECTION.has(name)) continue;
    const earlier = fields[name];
    fields[name] = earlier === undefined ? value : [...(Array.isArray(earlier) ? earlier : [earlier]), value];
  }
  return { ...fields, ":status": status };
}
