import { malformed } from "./upstream-error.js";

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
const SPACE = 0x20;
const TAB = 0x09;
/** Digits of a chunk's size: 2^52 bytes, far beyond anything that is sent. */
const MOST_DIGITS = 13;
/** Of extensions and trailers together, for each body: nobody reads them. */
const MOST_IGNORED_BYTES = 16_384;

type State = "size" | "extension" | "size-lf" | "data" | "data-cr" | "data-lf" | "trailer-start" | "trailer" | "trailer-lf" | "end-lf" | "end";

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Takes the chunks off a body (RFC 9112 §7.1), however it is cut. Extensions and trailers end here. */
export class ChunkedBody {
  #state: State = "size";
  #size = 0;
  #digits = 0;
  #ignored = 0;

  get ended(): boolean {
    return this.#state === "end";
  }

  /**
   * @param take called with each run of data: from, to
   * @returns the index after the last byte of the body that stood in these
   * @throws UpstreamError `UPSTREAM_MALFORMED`
   */
  read(bytes: Buffer, from: number, to: number, take: (from: number, to: number) => void): number {
    let at = from;
    while (at < to && this.#state !== "end") {
      if (this.#state === "data") {
        const end = Math.min(to, at + this.#size);
        this.#size -= end - at;
        if (this.#size === 0) this.#state = "data-cr";
        take(at, end);
        at = end;
      } else {
        this.#state = this.#next(this.#state, bytes[at] ?? 0);
        at += 1;
      }
    }
    return at;
  }

  #next(state: Exclude<State, "data" | "end">, code: number): State {
    switch (state) {
      case "size":
        return this.#sizeDigit(code);
      case "extension":
        return code === CR ? "size-lf" : this.#ignore(code, "extension");
      case "size-lf":
        this.#digits = 0;
        return expect(code, LF, this.#size === 0 ? "trailer-start" : "data");
      case "data-cr":
        return expect(code, CR, "data-lf");
      case "data-lf":
        return expect(code, LF, "size");
      case "trailer-start":
        return code === CR ? "end-lf" : this.#ignore(code, "trailer");
      case "trailer":
        return code === CR ? "trailer-lf" : this.#ignore(code, "trailer");
      case "trailer-lf":
        return expect(code, LF, "trailer-start");
      case "end-lf":
        return expect(code, LF, "end");
      default:
        return state satisfies never;
    }
  }

  #sizeDigit(code: number): State {
    const digit = hexDigit(code);
    if (digit >= 0) {
      this.#digits += 1;
      if (this.#digits > MOST_DIGITS) throw malformed("a chunk's size is too long");
      this.#size = this.#size * 16 + digit;
      return "size";
    }
    if (this.#digits === 0) throw malformed("a chunk has no size");
    if (code === CR) return "size-lf";
    if (code === SEMICOLON || code === SPACE || code === TAB) return "extension";
    throw malformed("a chunk's size is no number");
  }

  #ignore(code: number, next: State): State {
    this.#ignored += 1;
    if (code === LF || code === 0 || this.#ignored > MOST_IGNORED_BYTES) throw malformed("chunk extensions or trailers that are not read so");
    return next;
  }
}

function expect(code: number, wanted: number, next: State): State {
  if (code !== wanted) throw malformed("a chunk does not end where it says");
  return next;
}
