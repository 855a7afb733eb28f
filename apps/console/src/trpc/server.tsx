import "server-only";
import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { headers } from "next/headers";
import { cache, type ReactNode } from "react";
import { createTrpcContext } from "@/server/trpc/context";
import { appRouter, createCaller } from "@/server/trpc/root";
import { createQueryClient } from "@/trpc/query-client";

/** The request's query client: everything that a page prefetches goes into it. */
export const getQueryClient = cache(createQueryClient);

const requestContext = cache(async () => createTrpcContext(await headers()));

/** Query options for Server Components, answered in process. */
export const trpc = createTRPCOptionsProxy({ ctx: requestContext, router: appRouter, queryClient: getQueryClient });

/** Calls procedures directly, where a page needs the answer itself. */
export const caller = cache(async () => createCaller(await requestContext()));

/** Hands what was prefetched to the client components inside. */
export function HydrateClient({ children }: { readonly children: ReactNode }) {
  return <HydrationBoundary state={dehydrate(getQueryClient())}>{children}</HydrationBoundary>;
}
