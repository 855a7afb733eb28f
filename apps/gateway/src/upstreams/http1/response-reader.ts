import { ChunkedBody } from "./chunked-body.js";
import { parseResponseHead, type ResponseHead } from "./response-head.js";
import { malformed } from "./upstream-error.js";

/** What is told of one answer, in this order. */
export interface ResponseSink {
  /** Interim answers (1xx) are told as well: the last head is the one from 200 on. */
  onHead(head: ResponseHead): void;
  /** @param chunk belongs to the reader: it is good until this returns */
  onBody(chunk: Buffer): void;
  /** @param reusable another request may follow on this connection */
  onEnd(reusable: boolean): void;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const MAX_HEAD_BYTES = 65_536;
/** RFC 9110 §15.2: any number may come; nobody sends more. */
const MOST_INTERIM = 16;

/** Reads the answers on one connection, one for each request, however their bytes are cut. */
export class ResponseReader {
  readonly #sink: ResponseSink;
  #state: "idle" | "head" | "length" | "chunked" | "close" = "idle";
  #answersHead = false;
  #head: ResponseHead | null = null;
  /** Of a head that came in more than one piece. */
  #held: Buffer | null = null;
  #heldBytes = 0;
  #interim = 0;
  #left = 0;
  #chunks = new ChunkedBody();

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /** A request was sent. @param answersHead it was a HEAD */
  expect(answersHead: boolean): void {
    this.#answersHead = answersHead;
    this.#interim = 0;
    this.#state = "head";
  }

  /**
   * @param length how many bytes of the buffer are new
   * @throws UpstreamError `UPSTREAM_MALFORMED`, also for bytes that nobody asked for
   */
  read(bytes: Buffer, length: number): void {
    let at = 0;
    while (at < length) {
      switch (this.#state) {
        case "idle":
          throw malformed("bytes that answer no request");
        case "head":
          at = this.#readHead(bytes, at, length);
          break;
        case "length": {
          const end = Math.min(length, at + this.#left);
          this.#left -= end - at;
          this.#sink.onBody(bytes.subarray(at, end));
          at = end;
          if (this.#left === 0) this.#end();
          break;
        }
        case "chunked":
          at = this.#chunks.read(bytes, at, length, (from, to) => this.#sink.onBody(bytes.subarray(from, to)));
          if (this.#chunks.ended) this.#end();
          break;
        default:
          this.#sink.onBody(bytes.subarray(at, length));
          return;
      }
    }
  }

  /** The upstream ended the connection. @returns false when it owes something */
  finish(): boolean {
    if (this.#state === "close") this.#end();
    return this.#state === "idle";
  }

  #readHead(bytes: Buffer, from: number, to: number): number {
    if (this.#held === null) {
      const end = bytes.indexOf(HEAD_END, from);
      if (end >= 0 && end < to - 3) {
        this.#take(bytes.toString("latin1", from, end));
        return end + 4;
      }
    }
    return this.#hold(bytes, from, to);
  }

  /** Puts pieces of a head together without looking at any byte twice. */
  #hold(bytes: Buffer, from: number, to: number): number {
    const before = this.#heldBytes;
    const fits = Math.min(to - from, MAX_HEAD_BYTES - before);
    if (this.#held === null || before + fits > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.min(MAX_HEAD_BYTES, Math.max(4_096, (before + fits) * 2)));
      this.#held?.copy(larger, 0, 0, before);
      this.#held = larger;
    }
    bytes.copy(this.#held, before, from, from + fits);
    this.#heldBytes = before + fits;
    const end = this.#held.subarray(0, this.#heldBytes).indexOf(HEAD_END, Math.max(0, before - 3));
    if (end < 0) {
      if (this.#heldBytes >= MAX_HEAD_BYTES) throw malformed("the answer's head is longer than 64 KiB");
      return to;
    }
    const text = this.#held.toString("latin1", 0, end);
    this.#held = null;
    this.#heldBytes = 0;
    this.#take(text);
    return from + end + 4 - before;
  }

  #take(text: string): void {
    const head = parseResponseHead(text, this.#answersHead);
    if (head.status === 101) throw malformed("an upgrade that nobody asked for");
    if (head.status < 200) {
      this.#interim += 1;
      if (this.#interim > MOST_INTERIM) throw malformed("too many interim answers");
      this.#sink.onHead(head);
      return;
    }
    this.#head = head;
    const { framing } = head;
    const isEmpty = framing.kind === "none" || (framing.kind === "length" && framing.length === 0);
    if (framing.kind === "length") this.#left = framing.length;
    if (framing.kind === "chunked") this.#chunks = new ChunkedBody();
    if (framing.kind !== "none") this.#state = framing.kind;
    this.#sink.onHead(head);
    if (isEmpty) this.#end();
  }

  #end(): void {
    const reusable = this.#head?.keepsAlive === true;
    this.#state = "idle";
    this.#head = null;
    this.#sink.onEnd(reusable);
  }
}
