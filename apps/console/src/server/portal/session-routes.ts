import "server-only";
import { z } from "zod";
import { controlPlane } from "@/server/control-plane";
import { browserRoute } from "@/server/http/browser-route";
import { readJson } from "@/server/http/read-json";
import { portalCookie } from "@/server/http/session-cookie";

const MAX_BODY_BYTES = 4 * 1024;

/** The token is from the link's fragment. */
const enterBody = z.strictObject({ token: z.string().min(1).max(200) });

/** Uses up an invitation: 201 with the session's cookie; whatever session of the portal the browser had before is ended. */
export const enterPortal = browserRoute(async (request, client) => {
  const input = enterBody.parse(await readJson(request, MAX_BODY_BYTES));
  const { portalSessions } = controlPlane();
  const before = portalCookie.tokenOf(request.headers);
  const { sessionToken } = await portalSessions.exchange(input, client);
  if (before) await portalSessions.leave(before, client);
  return Response.json({ returnTo: "/portal" }, { status: 201, headers: { "set-cookie": portalCookie.set(sessionToken) } });
});

/** 204; also without a session, and the cookie is cleared in any case. */
export const leavePortal = browserRoute(async (request, client) => {
  const token = portalCookie.tokenOf(request.headers);
  if (token) await controlPlane().portalSessions.leave(token, client);
  return new Response(null, { status: 204, headers: { "set-cookie": portalCookie.cleared(), "clear-site-data": '"cache"' } });
});
