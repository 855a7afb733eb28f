import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { ClientRequest } from "../server/client-message.js";
import type { RequestHead } from "./request-head.js";

/** One stream of HTTP/2, read as the data plane reads a request. Trailers are nobody's: they end here. */
export class Http2Request implements ClientRequest {
  readonly httpVersion = "2.0";
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: string[];
  readonly headers: IncomingHttpHeaders;
  readonly endsWithHead: boolean;
  readonly socket: Socket;
  readonly #stream: ServerHttp2Stream;

  constructor(stream: ServerHttp2Stream, { method, target, rawHeaders }: RequestHead, headers: IncomingHttpHeaders, socket: Socket) {
    this.#stream = stream;
    this.method = method;
    this.url = target;
    this.rawHeaders = rawHeaders;
    this.headers = headers;
    this.socket = socket;
    this.endsWithHead = stream.endAfterHeaders;
  }

  /** node:http2 ends the readable side of a stream that was reset, too: only without an error is the body whole. */
  get complete(): boolean {
    return (this.endsWithHead || this.#stream.readableEnded) && !this.#stream.aborted && !this.#stream.rstCode;
  }

  get destroyed(): boolean {
    return this.#stream.destroyed;
  }

  readonly on: ClientRequest["on"] = (name: string, listener: (...args: never[]) => void) => this.#stream.on(name, listener as () => void);
  readonly off: ClientRequest["off"] = (name: string, listener: (...args: never[]) => void) => this.#stream.off(name, listener as () => void);

  readonly pause: ClientRequest["pause"] = () => this.#stream.pause();
  readonly resume: ClientRequest["resume"] = () => this.#stream.resume();
}
