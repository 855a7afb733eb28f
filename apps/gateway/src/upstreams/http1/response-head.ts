import { CONTENT_LENGTH, FIELD_NAME, NOT_A_FIELD_VALUE } from "./field-syntax.js";
import { malformed } from "./upstream-error.js";

/** How the end of a body is told (RFC 9112 §6.3). */
type BodyFraming =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" };

/** The head of one answer. */
export interface ResponseHead {
  readonly status: number;
  /** Names and values in turn, as they came, without blanks around the values. */
  readonly rawHeaders: string[];
  readonly framing: BodyFraming;
  /** The connection may be used again once the body has ended. */
  readonly keepsAlive: boolean;
  /** For how long the upstream says that it keeps an idle connection, s; null when it says nothing. */
  readonly idleSeconds: number | null;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const IDLE_TIME = /(?:^|[\s,])timeout=(\d{1,6})(?:$|[\s,])/i;
const NONE: BodyFraming = { kind: "none" };
const CHUNKED: BodyFraming = { kind: "chunked" };
const CLOSE: BodyFraming = { kind: "close" };

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

/** RFC 9110 §5.6.1, without blanks around; slicing only where there are some. */
function trimmed(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/**
 * Reads the head of an answer, strictly: what two readers could take for two different answers is an error, never repaired. That is bare
 * line feeds, folded lines, blanks before a colon, two lengths, a length beside `Transfer-Encoding`, and codings other than `chunked`
 * (RFC 9112 §2.2, §5, §6).
 * @param text single bytes as characters, without the empty line at its end
 * @param answersHead the request was a HEAD: what its framing fields announce does not come
 * @throws UpstreamError `UPSTREAM_MALFORMED`
 */
export function parseResponseHead(text: string, answersHead: boolean): ResponseHead {
  const lineEnd = text.indexOf("\r\n");
  const line = STATUS_LINE.exec(lineEnd < 0 ? text : text.slice(0, lineEnd));
  if (line === null) throw malformed("the status line is not one of HTTP/1.1");
  const isOld = line[1] === "0";
  const status = Number(line[2]);
  const rawHeaders: string[] = [];
  let length: string | null = null;
  let isChunked = false;
  let connection = "";
  let keepAlive: string | null = null;
  let at = lineEnd < 0 ? text.length : lineEnd + 2;
  while (at < text.length) {
    const next = text.indexOf("\r\n", at);
    const end = next < 0 ? text.length : next;
    const colon = text.indexOf(":", at);
    if (colon < 0 || colon >= end) throw malformed("a line of the answer's head has no colon");
    const name = text.slice(at, colon);
    const value = trimmed(text, colon + 1, end);
    if (!FIELD_NAME.test(name)) throw malformed("a header field's name is not a token");
    if (NOT_A_FIELD_VALUE.test(value)) throw malformed("a header field has a control byte");
    // The length tells almost every field apart without a comparison.
    if (name.length === 14 && name.toLowerCase() === "content-length") {
      if (length !== null || !CONTENT_LENGTH.test(value)) throw malformed("Content-Length is not one number");
      length = value;
    } else if (name.length === 17 && name.toLowerCase() === "transfer-encoding") {
      if (isChunked || value.toLowerCase() !== "chunked") throw malformed("a Transfer-Encoding other than chunked");
      isChunked = true;
    } else if (name.length === 10) {
      const lower = name.toLowerCase();
      if (lower === "connection") connection = connection === "" ? value : `${connection},${value}`;
      else if (lower === "keep-alive") keepAlive = value;
    }
    rawHeaders.push(name, value);
    at = end + 2;
  }
  if (isChunked && length !== null) throw malformed("both Content-Length and Transfer-Encoding");
  if (isChunked && isOld) throw malformed("HTTP/1.0 knows no chunks");
  const bodyless = answersHead || status < 200 || status === 204 || status === 304;
  const framing = bodyless ? NONE : isChunked ? CHUNKED : length === null ? CLOSE : { kind: "length" as const, length: Number(length) };
  const keepsAlive = !isOld && framing !== CLOSE && (connection === "" || !names(connection, "close"));
  return { status, rawHeaders, framing, keepsAlive, idleSeconds: keepAlive === null ? null : idleTime(keepAlive) };
}

const names = (list: string, option: string): boolean => list.split(",").some((part) => part.trim().toLowerCase() === option);

function idleTime(value: string): number | null {
  const found = IDLE_TIME.exec(value);
  return found === null ? null : Number(found[1]);
}
