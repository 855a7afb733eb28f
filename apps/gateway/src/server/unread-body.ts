import type { ClientRequest, ClientResponse } from "./client-message.js";

/** So much of a body that nobody wants is read to keep a connection. */
export const MAX_SKIPPED_BYTES = 65_536;
/** So much is read, and for so long, before a connection with unread bytes is closed: closing at once can take the answer with it. */
const MAX_DRAINED_BYTES = 1_048_576;
const MAX_DRAIN_MS = 1_000;

/** RFC 9112 §6: a request has a body when it has one of the two framing fields; RFC 9113 §8.1: unless its head ends the stream. */
export function hasBody({ rawHeaders, endsWithHead }: Pick<ClientRequest, "rawHeaders" | "endsWithHead">): boolean {
  const length = firstField(rawHeaders, "content-length");
  if (endsWithHead !== undefined) return !endsWithHead && length !== "0";
  return (length !== null && length !== "0") || firstField(rawHeaders, "transfer-encoding") !== null;
}

/** The body's length as declared, or null for a chunked one. */
export function declaredLength({ rawHeaders }: Pick<ClientRequest, "rawHeaders">): number | null {
  const length = firstField(rawHeaders, "content-length");
  return length === null ? null : Number(length);
}

/** node:http builds an object of all fields when asked for one; most requests have neither of these. @param name in lower case */
function firstField(rawHeaders: readonly string[], name: string): string | null {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const field = rawHeaders[index] ?? "";
    if (field.length === name.length && field.toLowerCase() === name) return rawHeaders[index + 1] ?? null;
  }
  return null;
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
