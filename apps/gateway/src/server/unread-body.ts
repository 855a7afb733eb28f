import type { ClientRequest, ClientResponse } from "./client-message.js";

/** So much of a body that nobody wants is read to keep a connection. */
export const MAX_SKIPPED_BYTES = 65_536;
/** So much is read, and for so long, before a connection with unread bytes is closed: closing at once can take the answer with it. */
const MAX_DRAINED_BYTES = 1_048_576;
const MAX_DRAIN_MS = 1_000;

/** RFC 9112 §6: a request has a body when it has one of the two framing fields; RFC 9113 §8.1: unless its head ends the stream. */
export function hasBody({ headers, endsWithHead }: Pick<ClientRequest, "headers" | "endsWithHead">): boolean {
  const length = headers["content-length"];
  if (endsWithHead !== undefined) return !endsWithHead && length !== "0";
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}

/** The body's length as declared, or null for a chunked one. */
export function declaredLength({ headers }: ClientRequest): number | null {
  const length = headers["content-length"];
  return length === undefined ? null : Number(length);
}

/** Ends an answer whose bytes are all written, after letting the rest of the request run dry within bounds. */
export function endAfterDraining(request: ClientRequest, response: ClientResponse): void {
  if (request.complete || request.destroyed) {
    response.end();
    return;
  }
  let left = MAX_DRAINED_BYTES;
  const end = (): void => {
    clearTimeout(timer);
    request.off("data", onData).off("end", end).off("close", end);
    response.end();
  };
  const onData = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) end();
  };
  const timer = setTimeout(end, MAX_DRAIN_MS);
  request.on("data", onData).on("end", end).on("close", end);
  request.resume();
}
