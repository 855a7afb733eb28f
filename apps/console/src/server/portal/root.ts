import "server-only";
import type { inferRouterOutputs } from "@trpc/server";
import { inPortal, router } from "@/server/portal/init";
import { providersRouter } from "@/server/portal/providers";
import { tokensRouter } from "@/server/portal/tokens";

/** Everything that the portal's pages call. None of it takes a tenant: that is the session's. */
export const portalRouter = router({
  setup: router({
    /** How far the tenant is on its way to the first request. */
    read: inPortal.query(({ ctx }) => ctx.cp.portalSetup(ctx.scope)),
  }),
  providers: providersRouter,
  tokens: tokensRouter,
});

export type PortalRouter = typeof portalRouter;
export type PortalOutputs = inferRouterOutputs<PortalRouter>;
