/** `limit` requests per `windowSeconds` in the long run, and at most `burst` at once. */
export interface RateLimit {
  readonly limit: number;
  readonly windowSeconds: number;
  readonly burst: number;
}

/** One decision of the generic cell rate algorithm. */
export interface GcraResult {
  readonly allowed: boolean;
  /** Whole requests that would still pass at this moment. */
  readonly remaining: number;
  /** Whole seconds after which one more request would pass; 0 when this one did. */
  readonly retryAfterSeconds: number;
  /** What to keep for the next call: the theoretical arrival time, ms on the caller's clock. */
  readonly state: number;
}

/** Far above what sums of doubles lose below 2^40 ms, far below the interval of the fastest limit (10 µs). */
const ROUNDING_MS = 1e-3;

/**
 * The generic cell rate algorithm (ITU-T I.371), in its virtual scheduling form: one number of state, no timers.
 * A refused request costs nothing. A state from wider settings is narrowed to an empty bucket, never to a longer wait.
 * @param state the last result's, or null for a bucket that is full
 * @param nowMs on a clock that does not go back
 */
export function gcra(state: number | null, nowMs: number, { limit, windowSeconds, burst }: RateLimit): GcraResult {
  const intervalMs = (windowSeconds * 1_000) / limit;
  const toleranceMs = burst * intervalMs;
  const rounding = Math.min(ROUNDING_MS, intervalMs / 4);
  const arrival = state === null || state < nowMs ? nowMs : Math.min(state, nowMs + toleranceMs);
  const next = arrival + intervalMs;
  const overMs = next - nowMs - toleranceMs;
  if (overMs > rounding) {
    return { allowed: false, remaining: 0, retryAfterSeconds: Math.max(1, Math.ceil((overMs - rounding) / 1_000)), state: arrival };
  }
  return { allowed: true, remaining: Math.max(0, Math.floor((-overMs + rounding) / intervalMs)), retryAfterSeconds: 0, state: next };
}
