import "server-only";
import type { Client, ControlPlane, PortalSession } from "@sallyport/control-plane";
import { composition } from "@/server/control-plane";
import { clientOf } from "@/server/http/client";
import { portalCookie } from "@/server/http/session-cookie";

/** What every procedure of the portal starts from. No session of the console, no API token, no slug. */
export interface PortalContext {
  readonly cp: ControlPlane;
  readonly client: Client;
  readonly session: PortalSession | null;
}

/** Looks up the session that a request's portal cookie names; null without a valid one. */
export async function portalSessionFrom(headers: Headers, client: Client): Promise<PortalSession | null> {
  const token = portalCookie.tokenOf(headers);
  return token === null ? null : composition().controlPlane.portalSessions.authenticate(token, client);
}

/** @param headers of the request, its cookie included */
export async function createPortalContext(headers: Headers, client: Client = clientOf(headers)): Promise<PortalContext> {
  return { cp: composition().controlPlane, client, session: await portalSessionFrom(headers, client) };
}
