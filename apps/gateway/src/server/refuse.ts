import type { DenyCode } from "@sallyport/pipeline";
import type { ClientRequest, ClientResponse } from "./client-message.js";
import { type RefusalFacts, refusalResponse } from "./refusal.js";
import { declaredLength, endAfterDraining, hasBody, MAX_SKIPPED_BYTES } from "./unread-body.js";

export interface RefuseOptions {
  /** The connection ends with this answer. */
  readonly close: boolean;
  /** The client waits for `100 Continue` before it sends its body: whether it then does is not for us to know. */
  readonly awaitsContinue: boolean;
}

/** Answers a refusal. Without a body, or with a small one, the connection lives on. */
export function refuse(request: ClientRequest, response: ClientResponse, code: DenyCode, facts: RefusalFacts & RefuseOptions): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, headers, body } = refusalResponse(code, facts);
  const length = declaredLength(request);
  const unread = hasBody(request) && !request.complete;
  const skippable = !facts.awaitsContinue && length !== null && length <= MAX_SKIPPED_BYTES;
  const close = facts.close || (unread && !skippable);
  if (close) headers.push("Connection", "close");
  response.writeHead(status, headers);
  if (unread && !skippable && !facts.awaitsContinue) {
    response.write(body);
    endAfterDraining(request, response);
    return;
  }
  response.end(body);
  // Where somebody has begun to read, node:http leaves the rest to him, and the next request would wait behind it.
  if (unread && skippable) request.resume();
}
