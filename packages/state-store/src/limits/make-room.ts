/** How many buckets are looked at to make room for one: bounds the time of a single call. */
const SCAN = 64;

/**
 * Chooses which bucket of a full table makes room. A full bucket says nothing that a new one would not, and goes first. With none among those
 * looked at, the one that is full again soonest goes, which forgives its key the least: whoever is far over a limit stays known while others
 * come and go. The next call goes on where this one ended.
 * @param fullInMs until the bucket is full again; 0 or less for one that is
 */
export function createEviction<B>(buckets: ReadonlyMap<string, B>, fullInMs: (bucket: B, now: number) => number) {
  let cursor = buckets.entries();
  return (now: number): readonly [key: string, bucket: B] | undefined => {
    let nearest: readonly [string, B] | undefined;
    let nearestMs = Number.POSITIVE_INFINITY;
    for (let looked = 0; looked < SCAN; looked += 1) {
      let step = cursor.next();
      if (step.done === true) {
        cursor = buckets.entries();
        step = cursor.next();
        if (step.done === true) break;
      }
      const ms = fullInMs(step.value[1], now);
      if (ms < nearestMs) {
        nearest = step.value;
        nearestMs = ms;
      }
      if (ms <= 0) break;
    }
    return nearest;
  };
}
