import { type GcraResult, gcra, type RateLimit } from "./gcra.js";

/** Counts within this process. */
export interface LocalRateLimiter {
  /** Takes one request from the bucket `key`. Synchronous. */
  take(key: string, limit: RateLimit): GcraResult;
  /** Buckets in memory. */
  size(): number;
}

export interface LocalRateLimiterOptions {
  /** Milliseconds; a clock that is set back stops nothing: counting goes on from where it was. */
  readonly clock: { now(): number };
  /** About 150 bytes each. */
  readonly maxBuckets?: number;
}

/** Written in place: a number of its own for each request would be one more thing that the collector carries. */
interface Arrival {
  /** Theoretical, ms since the limiter was made. */
  arrival: number;
}

/** How many buckets are looked at to make room for one: bounds the time of a single call. */
const SCAN = 64;

/**
 * GCRA buckets in bounded memory. When full, idle buckets go first: one that has refilled says nothing that a new one
 * would not. With none idle among those looked at, the one that is nearest to idle goes, which forgives its key the least.
 */
export function createLocalRateLimiter({ clock, maxBuckets = 200_000 }: LocalRateLimiterOptions): LocalRateLimiter {
  const arrivals = new Map<string, Arrival>();
  let origin = clock.now();
  let elapsed = 0;
  let cursor = arrivals.entries();

  /** Milliseconds since this limiter was made: small numbers keep their fractions, and never fall. */
  const tick = (): number => {
    const now = clock.now() - origin;
    if (now < elapsed) origin -= elapsed - now;
    else elapsed = now;
    return elapsed;
  };

  const makeRoom = (now: number): void => {
    let nearest: string | undefined;
    let nearestArrival = Number.POSITIVE_INFINITY;
    for (let looked = 0; looked < SCAN; looked += 1) {
      let step = cursor.next();
      if (step.done === true) {
        cursor = arrivals.entries();
        step = cursor.next();
        if (step.done === true) return;
      }
      const [key, { arrival }] = step.value;
      if (arrival <= now) {
        arrivals.delete(key);
        return;
      }
      if (arrival < nearestArrival) {
        nearest = key;
        nearestArrival = arrival;
      }
    }
    if (nearest !== undefined) arrivals.delete(nearest);
  };

  return {
    take(key, limit) {
      const now = tick();
      const known = arrivals.get(key);
      if (known === undefined && arrivals.size >= maxBuckets) makeRoom(now);
      const result = gcra(known?.arrival ?? null, now, limit);
      if (known === undefined) arrivals.set(key, { arrival: result.state });
      else known.arrival = result.state;
      return result;
    },
    size: () => arrivals.size,
  };
}
