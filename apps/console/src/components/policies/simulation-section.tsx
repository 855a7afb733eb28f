"use client";

import { type RateLimitPolicySpec, tenantSlug } from "@sallyport/snapshot";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { SimulationResult } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { RoomHead } from "@/ui/page-head";
import { FailedState, SkeletonRows } from "@/ui/states";
import { notifyFailure } from "@/ui/toast";
import { Recordings } from "./recordings";
import { SimulationShown } from "./simulation-result";

/** What would this limit, as it stands in the form, have done with real traffic? `slug` null: a limit of the fleet, tried on one tenant. */
export function SimulationSection({ slug, name, spec }: { slug: string | null; name: string; spec: RateLimitPolicySpec | null }) {
  const { traffic } = useTRPC();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const [shown, setShown] = useState<{ result: SimulationResult; action: RateLimitPolicySpec["action"] } | null>(null);
  const tenant = slug ?? typed.trim();
  const enabled = tenantSlug.safeParse(tenant).success;
  const list = useQuery(traffic.recordings.queryOptions({ slug: tenant }, { enabled, refetchInterval: 2_000 }));
  const own = useMutation(traffic.simulate.mutationOptions());
  const ofFleet = useMutation(traffic.simulateOfFleet.mutationOptions());
  const rows = list.data ?? [];
  const recording = rows.find(({ id }) => id === chosen)?.id ?? rows[0]?.id ?? null;
  const simulate = async () => {
    if (recording === null || spec === null) return;
    const tried = { recording, name, spec };
    try {
      const result = slug === null ? await ofFleet.mutateAsync({ tenant, ...tried }) : await own.mutateAsync({ slug, ...tried });
      setShown({ result, action: spec.action });
    } catch (error) {
      notifyFailure("Not simulated", error);
    }
  };
  return (
    <section className="room topped">
      <RoomHead
        title="Try it on recorded traffic"
        end={
          recording !== null && (
            <Button size="sm" disabled={spec === null} busy={own.isPending || ofFleet.isPending} onClick={() => void simulate()}>
              Simulate
            </Button>
          )
        }
      />
      {slug === null && (
        <div className="max-w-80 mb-3">
          <TextField
            label="Tenant"
            mono
            spellCheck={false}
            hint="By its slug: its traffic is recorded"
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              setShown(null);
            }}
          />
        </div>
      )}
      {!enabled ? null : list.isPending ? (
        <SkeletonRows rows={1} />
      ) : !list.data ? (
        <FailedState what="recordings" error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <>
          {rows.length === 0 && (
            <p className="t2 mb-3">
              Nothing is recorded of {tenant}. Nodes write down when its requests come to the limits, and whose they are, with people's names as
              marks. It ends by itself; then this limit can be tried on it before anybody is refused.
            </p>
          )}
          <Recordings slug={tenant} rows={rows} chosen={recording} onChoose={setChosen} />
        </>
      )}
      {shown !== null && <SimulationShown {...shown} slug={slug} />}
    </section>
  );
}
