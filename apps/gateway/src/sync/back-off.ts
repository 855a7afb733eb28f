const FIRST_MS = 500;
const LONGEST_MS = 25_000;

/** Waiting times after failures: exponential with full jitter, so that a fleet does not come back in step. */
export interface BackOff {
  /** ms to wait before the next attempt; never longer than `longestMs`. */
  next(longestMs?: number): number;
  reset(): void;
}

export function createBackOff(random: () => number = Math.random): BackOff {
  let ceiling = FIRST_MS;
  return {
    next(longestMs = LONGEST_MS) {
      const wait = FIRST_MS / 2 + random() * (Math.min(ceiling, longestMs) - FIRST_MS / 2);
      ceiling = Math.min(ceiling * 2, LONGEST_MS);
      return wait;
    },
    reset() {
      ceiling = FIRST_MS;
    },
  };
}
