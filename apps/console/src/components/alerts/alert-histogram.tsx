"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { parseAsInteger, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useRef, useState } from "react";
import { useClock } from "@/hooks/use-clock";
import { axisTop } from "@/lib/axis";
import { count, countOf, figure } from "@/lib/format";
import { clockIn, dateIn, stampIn } from "@/lib/relative-time";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { Seg } from "@/ui/seg";
import { FailedState } from "@/ui/states";
import { RANGE_MS, RANGES } from "./alert-views";

const BUCKETS = 60;
/** The end of a live range moves in steps, so that the question stays the same in between. */
const STEP_MS = 15_000;

/** Events over time. Drag to zoom in; the range stands in the URL. */
export function AlertHistogram() {
  const trpc = useTRPC();
  const { now, zone } = useClock();
  const [{ range, from, to }, setUrl] = useQueryStates(
    { range: parseAsStringLiteral(RANGES).withDefault("24h"), from: parseAsInteger, to: parseAsInteger },
    { history: "push" },
  );
  const zoomed = from !== null && to !== null && from < to;
  const end = zoomed ? to * 1_000 : Math.ceil(now / STEP_MS) * STEP_MS;
  const start = zoomed ? from * 1_000 : end - RANGE_MS[range];
  const histogram = useQuery(
    trpc.alerts.histogram.queryOptions({ from: new Date(start), to: new Date(end), buckets: BUCKETS }, { placeholderData: keepPreviousData }),
  );
  const plot = useRef<SVGSVGElement>(null);
  const [drag, setDrag] = useState<{ begin: number; end: number } | null>(null);
  const buckets = histogram.data?.buckets ?? [];
  const width = 1_000 / Math.max(1, buckets.length);
  const totals = buckets.map((bucket) => bucket.critical + bucket.high + bucket.medium + bucket.low);
  const top = axisTop(Math.max(0, ...totals));
  const stamp = (at: number) => (end - start > 86_400_000 ? `${dateIn(at, zone).replace(/ \d{4}$/, "")} ${clockIn(at, zone)}` : clockIn(at, zone));

  const share = (clientX: number): number => {
    const box = plot.current?.getBoundingClientRect();
    return box ? Math.min(1, Math.max(0, (clientX - box.left) / box.width)) : 0;
  };
  const zoomTo = ({ begin, end: finish }: { begin: number; end: number }) => {
    const [left, right] = begin < finish ? [begin, finish] : [finish, begin];
    if (right - left < 0.02) return;
    const seconds = (part: number) => Math.round((start + part * (end - start)) / 1_000);
    void setUrl({ from: seconds(left), to: seconds(right) });
  };

  if (histogram.isError && !histogram.data)
    return <FailedState what="the events over time" error={histogram.error} onRetry={() => void histogram.refetch()} />;
  return (
    <section className="room ruled" aria-label="Events over time">
      <RoomHead
        title={countOf(histogram.data?.total ?? 0, "event")}
        end={
          <>
            <span className="key hide-s">other</span>
            <span className="key refused hide-s">critical, high</span>
            {zoomed ? (
              <Button size="xs" onClick={() => void setUrl({ from: null, to: null })}>
                Zoom out
              </Button>
            ) : (
              <Seg
                label="Range"
                value={range}
                options={RANGES.map((value) => ({ value, label: value.replace(/(\d+)/, "$1 ") }))}
                onChoose={(value) => void setUrl({ range: value })}
              />
            )}
          </>
        }
      />
      <figure className="chart">
        <div className="plot h-26">
          <svg
            ref={plot}
            className="hist"
            preserveAspectRatio="none"
            viewBox="0 0 1000 100"
            role="img"
            aria-label={`Security events over time: ${count(histogram.data?.total ?? 0)} in all`}
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId);
              setDrag({ begin: share(event.clientX), end: share(event.clientX) });
            }}
            onPointerMove={(event) => drag && setDrag({ ...drag, end: share(event.clientX) })}
            onPointerUp={() => {
              if (drag) zoomTo(drag);
              setDrag(null);
            }}
          >
            <path className="gr" vectorEffect="non-scaling-stroke" d="M0 0H1000M0 50H1000" />
            {buckets.map((bucket, index) => {
              const urgent = ((bucket.critical + bucket.high) / top) * 100;
              const other = ((bucket.medium + bucket.low) / top) * 100;
              return (
                <g key={bucket.at.getTime()}>
                  <title>{`${stampIn(bucket.at.getTime(), zone)}: ${count(totals[index] ?? 0)} events`}</title>
                  <rect fill="transparent" x={index * width} y="0" width={width} height="100" />
                  <rect className="de" x={index * width + width * 0.1} y={100 - urgent} width={width * 0.8} height={urgent} />
                  <rect className="al" x={index * width + width * 0.1} y={100 - urgent - other} width={width * 0.8} height={other} />
                </g>
              );
            })}
            <path className="base" vectorEffect="non-scaling-stroke" d="M0 100H1000" />
            {drag && (
              <rect
                className="brush"
                vectorEffect="non-scaling-stroke"
                x={Math.min(drag.begin, drag.end) * 1_000}
                y="0"
                width={Math.abs(drag.end - drag.begin) * 1_000}
                height="100"
              />
            )}
          </svg>
          <span className="yl top-[3px]">{figure(top)}</span>
          <span className="yl top-[50%]">{figure(top / 2)}</span>
        </div>
        <figcaption className="xl">
          {[0, 0.25, 0.5, 0.75].map((part) => (
            <span key={part} className={part === 0.25 || part === 0.75 ? "hide-s" : undefined}>
              {stamp(start + part * (end - start))}
            </span>
          ))}
          <span>{zoomed ? stamp(end) : "now"}</span>
        </figcaption>
      </figure>
    </section>
  );
}
