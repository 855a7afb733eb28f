"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { countOf } from "@/lib/format";
import type { LockoutRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { notify } from "@/ui/toast";

/** Letting addresses in again at a tenant, each told of when it is done. */
export function useLockouts(slug: string) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = { onSettled: () => void client.invalidateQueries({ queryKey: trpc.lockouts.pathKey() }) };
  const one = useMutation(trpc.lockouts.end.mutationOptions(options));
  const all = useMutation(trpc.lockouts.endAll.mutationOptions(options));
  return {
    end: async ({ id, address, username }: LockoutRow) => {
      await one.mutateAsync({ slug, id });
      notify({ title: address === "*" ? `${username} is no longer slowed down` : `${address} may try again` });
    },
    endAll: async () => {
      const { ended } = await all.mutateAsync({ slug });
      notify({ title: `${countOf(ended, "lockout")} of ${slug} ended` });
    },
  };
}
