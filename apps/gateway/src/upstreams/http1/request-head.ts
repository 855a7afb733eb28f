import { CONTENT_LENGTH, FIELD_NAME, NOT_A_FIELD_VALUE } from "./field-syntax.js";
import { UpstreamError } from "./upstream-error.js";
import type { UpstreamRequest } from "./upstream-exchange.js";

const TARGET = /^\/[\x21-\x7e]*$/;
const METHOD = /^[A-Z]+(?:-[A-Z]+)*$/;
/** RFC 9110 §8.6: those whose requests have a body by their meaning say so when there is none. */
const EXPECTS_BODY = new Set(["POST", "PUT", "PATCH"]);

/** The head as it goes on the wire, and how the end of its body is told. */
export interface RequestHead {
  readonly text: string;
  /** Bytes that the body must have; null where it goes in chunks. */
  readonly bodyLength: number | null;
}

const invalid = (message: string): UpstreamError => new UpstreamError("UPSTREAM_REQUEST_INVALID", message);

/**
 * Writes a request's head (RFC 9112 §3). Everything in it was admitted or written by the gateway; it is looked at once more, because a
 * line break here would be a request of somebody else's.
 * @param host the upstream's authority
 * @throws UpstreamError `UPSTREAM_REQUEST_INVALID`
 */
export function writeRequestHead({ method, path, headers, body }: UpstreamRequest, host: string): RequestHead {
  if (!METHOD.test(method) || !TARGET.test(path)) throw invalid("the method or the target cannot be written");
  let text = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive\r\n`;
  let length: string | null = null;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? "";
    const value = headers[index + 1] ?? "";
    if (!FIELD_NAME.test(name) || NOT_A_FIELD_VALUE.test(value)) throw invalid("a header field cannot be written");
    if (name.length === 14 && name.toLowerCase() === "content-length") {
      if (length !== null || !CONTENT_LENGTH.test(value)) throw invalid("Content-Length is not one number");
      length = value;
    } else if (name.length === 17 && name.toLowerCase() === "transfer-encoding") throw invalid("the framing is not the caller's to say");
    text += `${name}: ${value}\r\n`;
  }
  if (body === null) {
    if (length !== null && Number(length) !== 0) throw invalid("a length without a body");
    return { text: length === null && EXPECTS_BODY.has(method) ? `${text}Content-Length: 0\r\n\r\n` : `${text}\r\n`, bodyLength: 0 };
  }
  return length === null
    ? { text: `${text}Transfer-Encoding: chunked\r\n\r\n`, bodyLength: null }
    : { text: `${text}\r\n`, bodyLength: Number(length) };
}
