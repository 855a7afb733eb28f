import "server-only";
import { type Permission, ServiceError } from "@sallyport/control-plane";
import { tenantSlug } from "@sallyport/snapshot";
import { initTRPC } from "@trpc/server";
import superjson from "superjson";
import { z } from "zod";
import type { TrpcContext } from "@/server/trpc/context";
import { mappedError, publicError } from "@/server/trpc/errors";

/** Who may call a procedure. Set by the ladder below; the generated access matrix reads it. */
export type Access = "public" | "signed_in" | { readonly fleet: Permission } | { readonly tenant: Permission };
interface ProcedureMeta {
  readonly access: Access;
}

const t = initTRPC
  .context<TrpcContext>()
  .meta<ProcedureMeta>()
  .create({
    transformer: superjson,
    defaultMeta: { access: "public" },
    errorFormatter({ shape, error, ctx }) {
      const { message, problem } = publicError(error, ctx?.client.requestId ?? null);
      const { stack: _stack, ...data } = shape.data;
      return { ...shape, message, data: { ...data, problem } };
    },
  });

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** Anybody, signed in or not. First on the ladder: whatever is thrown below leaves through its error mapping. */
export const publicProcedure = t.procedure.use(async ({ next }) => {
  const result = await next();
  if (!result.ok) throw mappedError(result.error);
  return result;
});

/** Somebody signed in; the service decides what they see. */
export const signedIn = publicProcedure.meta({ access: "signed_in" }).use(({ ctx, next }) => {
  if (!ctx.session) throw new ServiceError("unauthenticated", "Your session has ended. Sign in again.");
  return next({ ctx: { ...ctx, session: ctx.session, actor: ctx.session.actor } });
});

/** Somebody with a fleet-wide permission: the handler gets the scope that proves it. */
export const fleet = (permission: Permission) =>
  signedIn
    .meta({ access: { fleet: permission } })
    .use(async ({ ctx, next }) => next({ ctx: { ...ctx, scope: await ctx.cp.access.fleet(ctx.actor, permission) } }));

/** Somebody with a permission on the tenant that the input names: the handler gets that tenant's scope and nothing else. */
export const tenant = (permission: Permission) =>
  signedIn
    .meta({ access: { tenant: permission } })
    .input(z.object({ slug: tenantSlug }))
    .use(async ({ ctx, input, next }) => next({ ctx: { ...ctx, scope: await ctx.cp.access.tenant(ctx.actor, input.slug, permission) } }));
