"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { RateLimitEditor } from "@/components/policies/rate-limit-editor";
import type { RouterOutputs } from "@/server/trpc/root";
import { useTRPC } from "@/trpc/client";

/** Adds or edits a rate limit of the whole fleet; `row` null adds. */
export function FleetLimitEditor({ row }: { row: RouterOutputs["fleet"]["policies"]["list"][number] | null }) {
  const trpc = useTRPC();
  const put = useMutation(trpc.fleet.policies.put.mutationOptions());
  const remove = useMutation(trpc.fleet.policies.remove.mutationOptions());
  const source = useQuery(trpc.fleet.policies.source.queryOptions({ name: row?.name ?? "" }, { enabled: row !== null }));
  return (
    <RateLimitEditor
      row={row}
      owner="the fleet"
      back="/settings/limits"
      routes={null}
      saving={{
        source: source.data,
        put: (name, spec, version, written) => put.mutateAsync({ name, spec, version, source: written }),
        remove: (name, version) => remove.mutateAsync({ name, version }),
      }}
    />
  );
}
