"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { countOf } from "@/lib/format";
import type { LockoutRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { notify } from "@/ui/toast";

/** Letting addresses in again, each told of when it is done. */
export function useLockouts() {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = { onSettled: () => void client.invalidateQueries({ queryKey: trpc.lockouts.pathKey() }) };
  const one = useMutation(trpc.lockouts.end.mutationOptions(options));
  const found = useMutation(trpc.lockouts.endFound.mutationOptions(options));
  const all = useMutation(trpc.lockouts.endAll.mutationOptions(options));
  return {
    end: async (slug: string, { id, kind, address, username }: LockoutRow) => {
      await one.mutateAsync({ slug, id });
      notify({ title: kind === "username" ? `${username} is no longer slowed down at ${slug}` : `${address} may try again at ${slug}` });
    },
    endFound: async (by: Parameters<typeof found.mutateAsync>[0]) => {
      const { ended } = await found.mutateAsync(by);
      notify({ title: `${countOf(ended, "lockout")} ended` });
    },
    endAll: async (slug: string) => {
      const { ended } = await all.mutateAsync({ slug });
      notify({ title: `${countOf(ended, "lockout")} of ${slug} ended` });
    },
  };
}
