"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "@/trpc/client";

/** What can be done with a tenant's API keys. No cache of the page keeps a key past the dialog that shows it. */
export function useApiKeys() {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = {
    onSettled: () => {
      // The tabs count them.
      for (const queryKey of [trpc.apiKeys.pathKey(), trpc.tenants.get.pathKey()]) void client.invalidateQueries({ queryKey });
    },
  };
  return {
    create: useMutation(trpc.apiKeys.create.mutationOptions({ gcTime: 0, ...options })),
    rotate: useMutation(trpc.apiKeys.rotate.mutationOptions({ gcTime: 0, ...options })),
    endOverlap: useMutation(trpc.apiKeys.endOverlap.mutationOptions(options)),
    revoke: useMutation(trpc.apiKeys.revoke.mutationOptions(options)),
  };
}
