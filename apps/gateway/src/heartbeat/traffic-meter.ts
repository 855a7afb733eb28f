/** Rates and pipeline times of the last minute, without an allocation per request. */
export interface TrafficMeter {
  /** @param pipelineUs time in the pipeline, µs */
  record(refused: boolean, pipelineUs: number): void;
  read(): { requestsPerSecond: number; refusedPerSecond: number; pipelineP50Us: number | null; pipelineP95Us: number | null };
}

const SECONDS = 60;
/** Bucket i holds times up to 2^(i/4) µs: quarter octaves, 19 % apart, up to about a minute. */
const BUCKETS = 104;
const bucketOf = (us: number): number => (us <= 1 ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log2(us) * 4)));

/** @param monotonicMs milliseconds that never go back */
export function createTrafficMeter(monotonicMs: () => number = () => performance.now()): TrafficMeter {
  const requests = new Float64Array(SECONDS);
  const refusals = new Float64Array(SECONDS);
  const times = new Uint32Array(SECONDS * BUCKETS);
  const startedAt = Math.floor(monotonicMs() / 1_000);
  let second = startedAt;

  /** Empties the slots of the seconds that have gone by unseen. */
  const advance = (): number => {
    const now = Math.floor(monotonicMs() / 1_000);
    for (let missed = Math.min(now - second, SECONDS); missed > 0; missed -= 1) {
      const slot = (now - missed + 1) % SECONDS;
      requests[slot] = 0;
      refusals[slot] = 0;
      times.fill(0, slot * BUCKETS, (slot + 1) * BUCKETS);
    }
    second = now;
    return now % SECONDS;
  };

  /** Of all seconds together. */
  const sumsOf = (): { readonly sums: Float64Array; readonly total: number } => {
    const sums = new Float64Array(BUCKETS);
    let total = 0;
    for (let second = 0; second < times.length; second += BUCKETS) {
      for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
        const count = times[second + bucket] ?? 0;
        if (count === 0) continue;
        sums[bucket] = (sums[bucket] ?? 0) + count;
        total += count;
      }
    }
    return { sums, total };
  };

  const percentile = ({ sums, total }: ReturnType<typeof sumsOf>, share: number): number | null => {
    if (total === 0) return null;
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += sums[bucket] ?? 0;
      if (seen >= total * share) return Math.round(2 ** (bucket / 4) * 10) / 10;
    }
    return null;
  };

  return {
    record(refused, pipelineUs) {
      const slot = advance();
      requests[slot] = (requests[slot] ?? 0) + 1;
      if (refused) refusals[slot] = (refusals[slot] ?? 0) + 1;
      const cell = slot * BUCKETS + bucketOf(pipelineUs);
      times[cell] = (times[cell] ?? 0) + 1;
    },
    read() {
      advance();
      const seconds = Math.max(1, Math.min(SECONDS, second - startedAt + 1));
      const rate = (counts: Float64Array): number => Math.round((counts.reduce((sum, count) => sum + count, 0) / seconds) * 100) / 100;
      const all = sumsOf();
      return {
        requestsPerSecond: rate(requests),
        refusedPerSecond: rate(refusals),
        pipelineP50Us: percentile(all, 0.5),
        pipelineP95Us: percentile(all, 0.95),
      };
    },
  };
}
