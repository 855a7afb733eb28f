import { z } from "zod";
import { publicProcedure, router, signedIn } from "@/server/trpc/init";
import { fields } from "@/server/trpc/inputs";

/** Who is signed in, and where else. Signing in and out are route handlers: they set the cookie (`/api/session`). */
export const sessionRouter = router({
  /** Null when nobody is. */
  current: publicProcedure.query(({ ctx }) =>
    ctx.session
      ? {
          person: ctx.session.person,
          expiresAt: ctx.session.expiresAt,
          permissions: [...ctx.session.actor.grants.fleet],
          tenants: [...ctx.session.actor.grants.tenants.keys()].length,
        }
      : null,
  ),
  list: signedIn.query(({ ctx }) => ctx.cp.sessions.list(ctx.actor)),
  revoke: signedIn.input(fields({ sessionId: z.uuid() })).mutation(({ ctx, input }) => ctx.cp.sessions.revoke(ctx.actor, input)),
});
