import "server-only";
import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { headers } from "next/headers";
import { cache } from "react";
import { createPortalContext } from "@/server/portal/context";
import { portalRouter } from "@/server/portal/root";
import { getQueryClient } from "@/trpc/server";

const requestContext = cache(async () => createPortalContext(await headers()));

/** Query options for the portal's Server Components, answered in process. */
export const portal = createTRPCOptionsProxy({ ctx: requestContext, router: portalRouter, queryClient: getQueryClient });
