import "server-only";
import { z } from "zod";
import { landingOf } from "@/lib/landing";
import { controlPlane } from "@/server/control-plane";
import { browserRoute } from "@/server/http/browser-route";
import { readJson } from "@/server/http/read-json";
import { safeReturnTo } from "@/server/http/return-to";
import { sessionCookie } from "@/server/http/session-cookie";

const MAX_BODY_BYTES = 16 * 1024;

const signInBody = z.strictObject({
  email: z.string().max(254),
  password: z.string().min(1).max(1024),
  returnTo: z.string().max(2048).optional(),
});

const redeemBody = z.strictObject({
  /** From the fragment of the one-time link. */
  token: z.string().min(1).max(200),
  email: z.string().max(254),
  displayName: z.string().max(120),
  password: z.string().max(1024),
});

/** 200 {person, returnTo: the page to open} with a new session's cookie; whatever session the browser had before is ended. */
export const signIn = browserRoute(async (request, client) => {
  const { returnTo, ...credentials } = signInBody.parse(await readJson(request, MAX_BODY_BYTES));
  const before = sessionCookie.tokenOf(request.headers);
  const { sessionToken, person } = await controlPlane().sessions.signIn(credentials, client);
  if (before) await controlPlane().sessions.signOut(before, client);
  return Response.json(
    { person, returnTo: returnTo === undefined ? landingOf(person.roles) : safeReturnTo(returnTo) },
    { headers: { "set-cookie": sessionCookie.set(sessionToken) } },
  );
});

/** 204; also without a session, and the cookie is cleared in any case. */
export const signOut = browserRoute(async (request, client) => {
  const token = sessionCookie.tokenOf(request.headers);
  if (token) await controlPlane().sessions.signOut(token, client);
  return new Response(null, { status: 204, headers: { "set-cookie": sessionCookie.cleared(), "clear-site-data": '"cache"' } });
});

/** Uses up a one-time link (first administrator, invitation): 201 {person, returnTo} with a session's cookie. */
export const redeemLink = browserRoute(async (request, client) => {
  const input = redeemBody.parse(await readJson(request, MAX_BODY_BYTES));
  const { sessionToken, person } = await controlPlane().people.redeemLink(input, client);
  return Response.json({ person, returnTo: landingOf(person.roles) }, { status: 201, headers: { "set-cookie": sessionCookie.set(sessionToken) } });
});
