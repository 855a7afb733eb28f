import "server-only";
import { type PortalIntent, ServiceError } from "@sallyport/control-plane";
import { initTRPC } from "@trpc/server";
import superjson from "superjson";
import type { PortalContext } from "@/server/portal/context";
import { mappedError, publicError } from "@/server/trpc/errors";

/** Who may call a procedure: everybody in the portal, or those who were invited for one of these. The generated access matrix reads it. */
export type PortalAccess = "everybody" | readonly PortalIntent[];

const t = initTRPC
  .context<PortalContext>()
  .meta<{ readonly access: PortalAccess }>()
  .create({
    transformer: superjson,
    defaultMeta: { access: "everybody" },
    errorFormatter({ shape, error, ctx }) {
      const { message, problem } = publicError(error, ctx?.client.requestId ?? null);
      const { stack: _stack, ...data } = shape.data;
      return { ...shape, message, data: { ...data, problem } };
    },
  });

export const router = t.router;

const mapped = t.procedure.use(async ({ next }) => {
  const result = await next();
  if (!result.ok) throw mappedError(result.error);
  return result;
});

/** Somebody in the portal. The handler gets the scope of their own tenant; there is no way to name another. */
export const inPortal = mapped.use(({ ctx, next }) => {
  const { session } = ctx;
  if (session === null) throw new ServiceError("unauthenticated", "Your access to the portal has ended. Ask whoever invited you for a new link.");
  return next({ ctx: { ...ctx, session, scope: session.scope } });
});

/** Somebody who was invited for one of these; for all others there is nothing to call. */
export const invitedFor = (...intents: readonly PortalIntent[]) =>
  inPortal.meta({ access: intents }).use(({ ctx, next }) => {
    if (!intents.some((intent) => ctx.session.intents.includes(intent)))
      throw new ServiceError("not_found", "There is no such page, or it is not yours to see.");
    return next();
  });
