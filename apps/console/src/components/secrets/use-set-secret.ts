"use client";

import type { SecretType } from "@sallyport/snapshot";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "@/trpc/client";

/** Declares secrets and sets their values. No cache of the page keeps a value past the call that carries it. */
export function useSetSecret(slug: string) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const declare = useMutation(trpc.objects.secrets.put.mutationOptions());
  const set = useMutation(trpc.secrets.set.mutationOptions({ gcTime: 0 }));
  return {
    busy: declare.isPending || set.isPending,
    declare: (name: string, type: SecretType) => declare.mutateAsync({ slug, name, spec: { type }, version: null }),
    set: async (name: string, value: string) => {
      try {
        await set.mutateAsync({ slug, name, value });
      } finally {
        set.reset();
      }
    },
    refresh: () => client.invalidateQueries(),
  };
}
