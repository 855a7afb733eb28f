"use client";
import { useQueryClient } from "@tanstack/react-query";
import { createTRPCClient, httpBatchLink } from "@trpc/client";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { type ReactNode, useState } from "react";
import superjson from "superjson";
import type { PortalRouter } from "@/server/portal/root";

const { TRPCProvider, useTRPC } = createTRPCContext<PortalRouter>();

/** The portal's procedures, as options for TanStack Query. The console's are out of reach of a session of the portal. */
export const usePortal = useTRPC;

/** Hands the portal's typed client to every component below. */
export function PortalApiProvider({ children }: { readonly children: ReactNode }) {
  const queryClient = useQueryClient();
  const [trpcClient] = useState(() =>
    createTRPCClient<PortalRouter>({ links: [httpBatchLink({ url: "/api/portal/trpc", transformer: superjson, maxURLLength: 8_000 })] }),
  );
  return (
    <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
      {children}
    </TRPCProvider>
  );
}
