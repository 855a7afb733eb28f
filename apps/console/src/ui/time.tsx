"use client";

import { useClock } from "@/hooks/use-clock";
import { agePhrase, bothZones, clockIn, preciseClockIn, shortAge, stampIn, untilPhrase } from "@/lib/relative-time";

type Moment = Date | string | number;
const ms = (at: Moment): number => (typeof at === "number" ? at : new Date(at).getTime());

const FORMS = {
  age: shortAge,
  phrase: agePhrase,
  until: untilPhrase,
  clock: (at: number, _now: number, zone: string) => clockIn(at, zone),
  precise: (at: number, _now: number, zone: string) => preciseClockIn(at, zone),
  stamp: (at: number, _now: number, zone: string) => stampIn(at, zone),
} as const;

/** A moment, relative by default, with both zones on hover. `precise` is for evidence. */
export function Time({ at, as = "age" }: { at: Moment | null | undefined; as?: keyof typeof FORMS }) {
  const { now, zone } = useClock();
  if (at === null || at === undefined) return <span className="t3">–</span>;
  const moment = ms(at);
  return (
    <time dateTime={new Date(moment).toISOString()} title={bothZones(moment, zone)}>
      {FORMS[as](moment, now, zone)}
    </time>
  );
}
