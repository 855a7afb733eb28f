import { type GcraResult, gcra, type RateLimit } from "./gcra.js";
import type { BucketSlot } from "./limits/bucket-slot.js";
import { createEviction } from "./limits/make-room.js";

/** Counts within this process. */
export interface LocalRateLimiter {
  /** Takes one request from the bucket `key`. Synchronous. @param slot where the caller asks for no other key with it */
  take(key: string, limit: RateLimit, slot?: BucketSlot): GcraResult;
  /** Buckets in memory. */
  size(): number;
}

export interface LocalRateLimiterOptions {
  /** Milliseconds; a clock that is set back stops nothing: counting goes on from where it was. */
  readonly clock: { now(): number };
  /** About 310 bytes each, with a key of 40 characters. */
  readonly maxBuckets?: number;
}

/** Written in place: a number of its own for each request would be one more thing that the collector carries. */
interface Bucket {
  /** Theoretical arrival time, ms since the limiter was made; in the past for a full one. */
  arrival: number;
  /** It had to make room: whoever still holds it asks for another. */
  gone: boolean;
}

/** GCRA buckets in bounded memory. */
export function createLocalRateLimiter({ clock, maxBuckets = 200_000 }: LocalRateLimiterOptions): LocalRateLimiter {
  const buckets = new Map<string, Bucket>();
  let origin = clock.now();
  let elapsed = 0;
  const evict = createEviction(buckets, ({ arrival }, now) => arrival - now);

  /** Milliseconds since this limiter was made: small numbers keep their fractions, and never fall. */
  const tick = (): number => {
    const now = clock.now() - origin;
    if (now < elapsed) origin -= elapsed - now;
    else elapsed = now;
    return elapsed;
  };

  const makeRoom = (now: number): void => {
    const [key, bucket] = evict(now) ?? [];
    if (key === undefined || bucket === undefined) return;
    bucket.gone = true;
    buckets.delete(key);
  };

  const bucketOf = (key: string, now: number): Bucket => {
    const known = buckets.get(key);
    if (known !== undefined) return known;
    if (buckets.size >= maxBuckets) makeRoom(now);
    const bucket: Bucket = { arrival: now, gone: false };
    buckets.set(key, bucket);
    return bucket;
  };

  return {
    take(key, limit, slot) {
      const now = tick();
      let bucket = slot?.slotOwner === buckets ? (slot.slotHeld as Bucket) : null;
      if (bucket === null || bucket.gone) {
        bucket = bucketOf(key, now);
        if (slot !== undefined) {
          slot.slotOwner = buckets;
          slot.slotHeld = bucket;
        }
      }
      const result = gcra(bucket.arrival, now, limit);
      bucket.arrival = result.state;
      return result;
    },
    size: () => buckets.size,
  };
}
