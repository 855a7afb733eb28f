"use client";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createTRPCClient, httpBatchLink } from "@trpc/client";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { type ReactNode, useState } from "react";
import superjson from "superjson";
import type { AppRouter } from "@/server/trpc/root";
import { createQueryClient } from "@/trpc/query-client";

const { TRPCProvider, useTRPC } = createTRPCContext<AppRouter>();

/** The typed procedures, as options for TanStack Query. */
export { useTRPC };

let browserQueryClient: QueryClient | undefined;

// On the server every request gets its own; in the browser one must survive a suspended first render.
function queryClient(): QueryClient {
  if (typeof window === "undefined") return createQueryClient();
  browserQueryClient ??= createQueryClient();
  return browserQueryClient;
}

/** Hands queries and the typed client to every component below. */
export function ApiProvider({ children }: { readonly children: ReactNode }) {
  const client = queryClient();
  const [trpcClient] = useState(() =>
    createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: "/api/trpc", transformer: superjson, maxURLLength: 8_000 })] }),
  );
  return (
    <QueryClientProvider client={client}>
      <TRPCProvider trpcClient={trpcClient} queryClient={client}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  );
}
