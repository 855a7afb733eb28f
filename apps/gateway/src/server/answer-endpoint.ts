import type { ClientRequest, ClientResponse } from "./client-message.js";
import { declaredLength, endAfterDraining, hasBody, MAX_SKIPPED_BYTES } from "./unread-body.js";

/** Writes the answer of one of the gateway's own endpoints: nothing in it, and nobody's to keep. A small body that nobody read is skipped. */
export function answerEndpoint(
  request: ClientRequest,
  response: ClientResponse,
  { status, headers }: { readonly status: number; readonly headers: readonly string[] },
  { requestId, close }: { readonly requestId: string; readonly close: boolean },
): void {
  if (response.destroyed) return;
  const all = ["Content-Length", "0", "Cache-Control", "no-store", "X-Request-Id", requestId, ...headers];
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
