"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMe } from "@/components/session/session-context";
import { countOf, duration } from "@/lib/format";
import { FINDING_WORDS, RADAR_STATES } from "@/lib/radar-words";
import type { RadarDetail } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Severity, Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { notifyFailure } from "@/ui/toast";
import { KeyStrip } from "./key-strip";

/** What the control plane has seen of a provider that is live: how it answers, its keys over time, and which nodes hold which. */
export function ProviderRadar({ slug, name }: { slug: string; name: string }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { can } = useMe();
  const found = trpc.radar.find.queryOptions({ slug, name }, { refetchInterval: 10_000 });
  const radar = useQuery(found);
  const probe = useMutation(
    trpc.radar.probe.mutationOptions({
      onSuccess: (detail) => client.setQueryData(found.queryKey, detail),
      onError: (error) => notifyFailure(`${name} was not asked`, error),
    }),
  );
  const data = radar.data;
  return (
    <section aria-label="Radar">
      <RoomHead
        title="Radar"
        end={
          data && (
            <>
              <span>
                asked <Time at={data.probedAt} as="phrase" />
                {data.ms !== null && <span className="hide-s">, {duration(data.ms)}</span>}
              </span>
              {can("idp.write") && (
                <Button size="xs" busy={probe.isPending} onClick={() => probe.mutate({ slug, name })}>
                  Probe now
                </Button>
              )}
            </>
          )
        }
      />
      <div className="topped">
        {radar.isPending ? (
          <SkeletonRows rows={3} />
        ) : radar.error ? (
          <FailedState what="what the radar has seen" error={radar.error} onRetry={() => void radar.refetch()} />
        ) : data ? (
          <Seen data={data} />
        ) : (
          <EmptyState title="Not watched yet">
            The radar asks the identity providers that are live and enabled. It begins as soon as {name} has been published.
          </EmptyState>
        )}
      </div>
    </section>
  );
}

function Seen({ data }: { data: RadarDetail }) {
  const [tone, word] = RADAR_STATES[data.state];
  return (
    <>
      <div className="line wrap">
        <Status tone={tone} coloured={data.state !== "well"}>
          {word}
        </Status>
        <span className="t2">
          {data.failingSince ? (
            <>
              first failed <Time at={data.failingSince} as="phrase" />
            </>
          ) : (
            countOf(data.keys, "key")
          )}
          {data.sharedBy > 1 && `, asked once for ${countOf(data.sharedBy, "provider")} of live configuration`}
        </span>
      </div>
      {data.findings.length > 0 && (
        <ul className="radar-findings">
          {data.findings.map((finding) => (
            <li key={`${finding.code}${finding.kid}`}>
              <Severity of={finding.severity} />
              <div>
                <p>
                  <b>{FINDING_WORDS[finding.code]}</b>{" "}
                  <span className="t3">
                    {finding.until === null && "first found "}
                    <Time at={finding.since} as="phrase" />
                  </span>
                </p>
                <p className="t2">{finding.detail}</p>
                <p className="t3">{finding.remedy}</p>
              </div>
            </li>
          ))}
        </ul>
      )}
      {data.keyRows.length > 0 && <KeyStrip keys={data.keyRows} nodes={data.nodes?.length ?? null} />}
    </>
  );
}
