"use client";

import { useClock } from "@/hooks/use-clock";
import { axisTop } from "@/lib/axis";
import { figure } from "@/lib/format";
import { clockIn, stampIn } from "@/lib/relative-time";

export interface DecisionBar {
  readonly at: Date | string | number;
  readonly allowed: number;
  readonly refused: number;
}

/** The baseline lies here, of 100: allowed stands above it, refused hangs below, each on a scale of its own. */
const WALL = 70;

/**
 * Decisions over time. `barSeconds` is the length of one bar in seconds, so that both scales read in requests a second. `end` is what stands at
 * the end of the time; nothing for a time that is over.
 */
export function DecisionsChart({ bars, barSeconds, end = "now" }: { bars: readonly DecisionBar[]; barSeconds: number; end?: "now" | null }) {
  const { zone } = useClock();
  const up = axisTop(Math.max(...bars.map((bar) => bar.allowed), 0) / barSeconds);
  const down = axisTop(Math.max(...bars.map((bar) => bar.refused), 0) / barSeconds);
  const width = 1_000 / Math.max(1, bars.length);
  const ticks = bars.length === 0 ? [] : [...new Set([0, 1, 2, 3, 4, 5].map((tick) => bars[Math.floor((tick * bars.length) / 6)]))];
  return (
    <figure className="chart">
      <div className="plot h-37">
        <svg
          className="hist"
          preserveAspectRatio="none"
          viewBox="0 0 1000 100"
          role="img"
          aria-label="Decisions over time: allowed above the line, refused below"
        >
          <path className="gr" vectorEffect="non-scaling-stroke" d={`M0 0H1000M0 ${WALL / 2}H1000`} />
          {bars.map((bar, index) => {
            const high = (bar.allowed / barSeconds / up) * WALL;
            const deep = (bar.refused / barSeconds / down) * (100 - WALL);
            return (
              <g key={new Date(bar.at).getTime()}>
                <title>{`${stampIn(new Date(bar.at).getTime(), zone)}: ${figure(bar.allowed / barSeconds)}/s allowed, ${figure(bar.refused / barSeconds)}/s refused`}</title>
                <rect fill="transparent" x={index * width} y="0" width={width} height="100" />
                <rect className="al" x={index * width + width * 0.1} y={WALL - high} width={width * 0.8} height={high} />
                <rect className="de" x={index * width + width * 0.1} y={WALL} width={width * 0.8} height={deep} />
              </g>
            );
          })}
          <path className="base" vectorEffect="non-scaling-stroke" d={`M0 ${WALL}H1000`} />
        </svg>
        <span className="yl top-[3px]">{figure(up)}/s</span>
        <span className="yl top-[35%]">{figure(up / 2)}</span>
        <span className="yl lo bottom-0">{figure(down)}/s</span>
      </div>
      <figcaption className="xl">
        {ticks.map((tick, index) =>
          tick ? (
            <span key={new Date(tick.at).getTime()} className={index % 2 === 1 ? "hide-s" : undefined}>
              {clockIn(new Date(tick.at).getTime(), zone)}
            </span>
          ) : null,
        )}
        {end && <span>{end}</span>}
      </figcaption>
    </figure>
  );
}

/** What the two inks mean. */
export function DecisionsKey({ note }: { note?: string }) {
  return (
    <>
      <span className="key">allowed</span>
      <span className="key refused">refused</span>
      {note && <span className="hide-s">{note}</span>}
    </>
  );
}
