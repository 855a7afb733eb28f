"use client";

import { useQuery } from "@tanstack/react-query";
import { figure, percent } from "@/lib/format";
import type { OverviewData } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { DecisionsChart, DecisionsKey } from "@/ui/decisions-chart";
import { Icon } from "@/ui/icon";
import { Figure, RoomHead } from "@/ui/page-head";
import { FailedState, PageSkeleton } from "@/ui/states";
import { Time } from "@/ui/time";
import { AlertsToDealWith } from "./alerts-to-deal-with";
import { FirstSteps } from "./first-steps";
import { HealthSentence } from "./health-sentence";
import { LastChanges } from "./last-changes";
import { LiveRevision } from "./live-revision";
import { Problems } from "./problems";

const QUARTER_OF_AN_HOUR = 15 * 60;

/** Is anything wrong right now? */
export function Overview() {
  const trpc = useTRPC();
  const overview = useQuery(trpc.overview.get.queryOptions(undefined, { refetchInterval: 5_000 }));
  if (overview.isPending) return <PageSkeleton />;
  if (!overview.data) return <FailedState what="the overview" error={overview.error} onRetry={() => void overview.refetch()} />;
  const data = overview.data;
  return (
    <>
      <div className="ph tall">
        <div className="min-w-0">
          <p className="lab">
            Right now, <Time at={overview.dataUpdatedAt} as="clock" />
          </p>
          <HealthSentence health={data.health} />
        </div>
        <div className="acts">
          <Button busy={overview.isFetching && !overview.isRefetching} onClick={() => void overview.refetch()}>
            <Icon name="recheck" />
            Re-check all
          </Button>
        </div>
      </div>
      {data.live === null && <FirstSteps />}
      <Problems problems={data.problems} checkedAt={overview.dataUpdatedAt} />
      <Figures figures={data.figures} />
      <section className="room ruled">
        <RoomHead title="Decisions" end={<DecisionsKey note="last 24 h, 15 min a bar" />} />
        <DecisionsChart bars={data.series} barSeconds={QUARTER_OF_AN_HOUR} />
      </section>
      <div className="rooms s:grid-cols-2">
        <AlertsToDealWith alerts={data.openAlerts} />
        <section className="room flush">
          <LiveRevision live={data.live} />
          <LastChanges changes={data.lastChanges} />
        </section>
      </div>
    </>
  );
}

const microseconds = (value: number | null) => (value === null ? { value: "–" } : { value: figure(value), unit: "µs" });

function Figures({ figures }: { figures: OverviewData["figures"] }) {
  const cells = [
    { label: "Decisions", value: figure(figures.requestsPerSecond), unit: "/s" },
    { label: "Refused", value: percent(figures.refusedShare), unit: "%" },
    { label: "Pipeline p50", ...microseconds(figures.p50) },
    { label: "Pipeline p95", ...microseconds(figures.p95) },
    { label: "Nodes serving", value: figures.nodesServing, unit: ` of ${figures.nodesTotal}` },
  ];
  return (
    <div className="rooms pair s:grid-cols-5">
      {cells.map((cell, index) => (
        <div key={cell.label} className={index === 4 ? "room hide-s" : "room"}>
          <Figure {...cell} />
        </div>
      ))}
    </div>
  );
}
