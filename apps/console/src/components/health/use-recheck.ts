"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { HealthCheckRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { notify, notifyFailure } from "@/ui/toast";
import { CHECK_STATES } from "./check-states";

/** Has one check asked anew, and puts what it came to in its place. */
export function useRecheck() {
  const trpc = useTRPC();
  const client = useQueryClient();
  const recheck = useMutation(
    trpc.health.recheck.mutationOptions({
      onSuccess(row) {
        client.setQueryData(trpc.health.list.queryKey(), (rows) => rows?.map((each) => (each.id === row.id ? row : each)));
        void client.invalidateQueries({ queryKey: trpc.overview.get.queryKey() });
        notify({ title: `${row.id}: ${CHECK_STATES[row.state][1].toLowerCase()}` });
      },
      onError: (error) => notifyFailure("Not checked", error),
    }),
  );
  return {
    recheck: (id: HealthCheckRow["id"]) => recheck.mutate({ id }),
    /** The check that is asked now. */
    busy: recheck.isPending ? recheck.variables.id : null,
  };
}
