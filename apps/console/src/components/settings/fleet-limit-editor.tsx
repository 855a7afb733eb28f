"use client";

import { useMutation } from "@tanstack/react-query";
import { RateLimitEditor } from "@/components/policies/rate-limit-editor";
import type { RouterOutputs } from "@/server/trpc/root";
import { useTRPC } from "@/trpc/client";

/** Adds or edits a rate limit of the whole fleet; `row` null adds. */
export function FleetLimitEditor({ row }: { row: RouterOutputs["fleet"]["policies"]["list"][number] | null }) {
  const trpc = useTRPC();
  const put = useMutation(trpc.fleet.policies.put.mutationOptions());
  const remove = useMutation(trpc.fleet.policies.remove.mutationOptions());
  return (
    <RateLimitEditor
      row={row}
      owner="the fleet"
      back="/settings/limits"
      routes={null}
      saving={{
        put: (name, spec, version) => put.mutateAsync({ name, spec, version }),
        remove: (name, version) => remove.mutateAsync({ name, version }),
      }}
    />
  );
}
