import type { ClientRequest, ClientResponse } from "./client-message.js";
import { declaredLength, endAfterDraining, hasBody, MAX_SKIPPED_BYTES } from "./unread-body.js";

/** Writes an answer of the gateway's own, of its endpoints and to preflights: nothing in it, and nobody's to keep. A small body that nobody read is skipped. */
export function answerEndpoint(
  request: ClientRequest,
  response: ClientResponse,
  { status, headers }: { readonly status: number; readonly headers: readonly string[] },
  { requestId, close }: { readonly requestId: string; readonly close: boolean },
): void {
  if (response.destroyed) return;
  // RFC 9110 §8.6: never with 204.
  const framing = status === 204 ? [] : ["Content-Length", "0"];
  const all = [...framing, "Cache-Control", "no-store", "X-Request-Id", requestId, ...headers];
  const unread = hasBody(request) && !request.complete;
  const skippable = (declaredLength(request) ?? Number.POSITIVE_INFINITY) <= MAX_SKIPPED_BYTES;
  if (close || (unread && !skippable)) all.push("Connection", "close");
  response.writeHead(status, all);
  if (unread && !skippable) {
    endAfterDraining(request, response);
    return;
  }
  response.end();
  if (unread) request.resume();
}
