import "server-only";
import type { PortalIntent, PortalSession } from "@sallyport/control-plane";
import { headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { cache } from "react";
import { clientOf } from "@/server/http/client";
import { portalSessionFrom } from "@/server/portal/context";

/** Who is in the portal, asked once per request; null when nobody is. */
export const getPortalSession = cache(async (): Promise<PortalSession | null> => {
  const requestHeaders = await headers();
  return portalSessionFrom(requestHeaders, clientOf(requestHeaders));
});

/** For every page of the portal. Without a session the browser is told what to do; without the intent the page is not there. */
export async function requirePortal(...intents: readonly PortalIntent[]): Promise<PortalSession> {
  const session = await getPortalSession();
  if (session === null) redirect("/portal/invitation");
  if (intents.length > 0 && !intents.some((intent) => session.intents.includes(intent))) notFound();
  return session;
}
