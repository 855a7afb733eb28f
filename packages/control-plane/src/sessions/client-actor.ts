import type { Actor, Grants } from "../access/actor.js";
import type { Client } from "../deps.js";

/** The actor for what a client does under its own name, before or without any role. */
export const personActor = (
  person: { readonly id: string; readonly displayName: string },
  client: Client,
  grants: Grants,
  sessionId?: string,
): Actor => ({
  kind: "person",
  id: person.id,
  name: person.displayName,
  ip: client.ip,
  requestId: client.requestId,
  grants,
  ...(sessionId === undefined ? {} : { sessionId }),
});
