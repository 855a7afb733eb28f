import "server-only";
import { createHash } from "node:crypto";
import { type Actor, type Client, ServiceError } from "@sallyport/control-plane";
import { canonicalJson, type JsonValue } from "@sallyport/snapshot";
import { controlPlane } from "@/server/control-plane";
import type { RestRoute } from "@/server/rest/route";

export interface KeyedCall {
  /** The request's `Idempotency-Key`. */
  readonly key: string;
  readonly actor: Actor;
  readonly route: RestRoute;
  readonly path: string;
  readonly body: unknown;
  readonly client: Client;
}

const WELL_FORMED = /^[\x21-\x7E]{8,128}$/;

/**
 * Carries a POST out once per actor and key, for a day: a repeated one gets the first one's answer
 * (draft-ietf-httpapi-idempotency-key-header). Failures are not kept, so they can be tried again.
 * @throws ServiceError `invalid` for a bad key or one used for another request, `conflict` while the first still runs,
 * `precondition` for an answer that was shown once and is not kept
 */
export async function oncePerKey(call: KeyedCall, carryOut: () => Promise<Response>): Promise<Response> {
  const { key, actor, route, client } = call;
  if (!WELL_FORMED.test(key)) throw new ServiceError("invalid", "Idempotency-Key: send 8 to 128 printable characters without blanks.");
  const requestHash = createHash("sha256")
    .update(canonicalJson([route.method, call.path, (call.body ?? null) as JsonValue]))
    .digest("hex");
  const { idempotency } = controlPlane();
  const claim = await idempotency.claim(actor, { key, requestHash });
  switch (claim.state) {
    case "replay":
      if (route.secret) throw new ServiceError("precondition", "This request was carried out already; what it made was shown then and is not kept.");
      return Response.json(claim.response, {
        status: route.status ?? 200,
        headers: { "x-request-id": client.requestId, "cache-control": "no-store", "idempotency-replayed": "true" },
      });
    case "running":
      throw new ServiceError("conflict", "The same request is still being carried out. Try again in a moment.");
    case "other_request":
      throw new ServiceError("invalid", "This Idempotency-Key was used for another request. Make a new one for each request.");
    case "claimed":
      break;
    default:
      return claim satisfies never;
  }
  let response: Response;
  try {
    response = await carryOut();
  } catch (error) {
    await idempotency.release(actor, { key });
    throw error;
  }
  await idempotency.complete(actor, { key, response: route.secret ? null : ((await response.clone().json()) as JsonValue) });
  return response;
}
