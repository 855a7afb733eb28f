import type { FleetTransaction } from "@sallyport/data";

/** Decisions of a quarter of an hour. */
export interface SeriesPoint {
  readonly at: Date;
  readonly allowed: number;
  readonly refused: number;
}

const QUARTER_MS = 15 * 60_000;
const POINTS = 96;

/** The last 24 hours in quarters of an hour, oldest first; the last one is still filling. */
export async function trafficSeries(tx: FleetTransaction, now: number): Promise<SeriesPoint[]> {
  const first = Math.floor(now / QUARTER_MS) * QUARTER_MS - (POINTS - 1) * QUARTER_MS;
  const from = new Date(first);
  const rows = await tx.$queryRaw<{ point: number; allowed: number; refused: number }[]>`
    select floor(extract(epoch from (minute - ${from}::timestamptz)) / 900)::int as point,
      coalesce(sum(count) filter (where result = 'allow'), 0)::float8 as allowed,
      coalesce(sum(count) filter (where result <> 'allow'), 0)::float8 as refused
    from decision_count where minute >= ${from} and minute <= ${new Date(now)} group by 1`;
  const points = Array.from({ length: POINTS }, (_, index) => ({ at: new Date(first + index * QUARTER_MS), allowed: 0, refused: 0 }));
  for (const { point, allowed, refused } of rows) {
    const into = points[point];
    if (into !== undefined) Object.assign(into, { allowed, refused });
  }
  return points;
}
