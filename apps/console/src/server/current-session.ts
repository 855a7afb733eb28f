import "server-only";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { clientOf } from "@/server/http/client";
import { PATH_HEADER, safeReturnTo } from "@/server/http/return-to";
import { type CurrentSession, sessionFrom } from "@/server/trpc/context";

/** Who is signed in, asked once per request; null when nobody is. */
export const getSession = cache(async (): Promise<CurrentSession | null> => {
  const requestHeaders = await headers();
  return sessionFrom(requestHeaders, clientOf(requestHeaders));
});

/**
 * For every page behind sign-in; without a session the browser goes to `/sign-in` and comes back afterwards.
 * @param returnTo path to come back to; this page's own unless named
 */
export async function requireSession(returnTo?: string): Promise<CurrentSession> {
  const session = await getSession();
  if (session) return session;
  const target = safeReturnTo(returnTo ?? (await headers()).get(PATH_HEADER));
  redirect(target === "/" ? "/sign-in" : `/sign-in?returnTo=${encodeURIComponent(target)}`);
}
