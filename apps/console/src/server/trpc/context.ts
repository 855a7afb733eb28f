import "server-only";
import type { Client, ControlPlane } from "@sallyport/control-plane";
import { composition } from "@/server/control-plane";
import { clientOf } from "@/server/http/client";
import { sessionCookie } from "@/server/http/session-cookie";

/** Who is signed in, as the sessions service says. */
export type CurrentSession = NonNullable<Awaited<ReturnType<ControlPlane["sessions"]["authenticate"]>>> & { readonly token: string };

/** What every procedure starts from. */
export interface TrpcContext {
  readonly cp: ControlPlane;
  readonly client: Client;
  readonly session: CurrentSession | null;
}

/** Looks up the session that a request's cookie names; null without a valid one. */
export async function sessionFrom(headers: Headers, client: Client): Promise<CurrentSession | null> {
  const token = sessionCookie.tokenOf(headers);
  if (token === null) return null;
  const session = await composition().controlPlane.sessions.authenticate(token, client);
  return session === null ? null : { ...session, token };
}

/** @param headers of the request, its cookie included */
export async function createTrpcContext(headers: Headers, client: Client = clientOf(headers)): Promise<TrpcContext> {
  return { cp: composition().controlPlane, client, session: await sessionFrom(headers, client) };
}
