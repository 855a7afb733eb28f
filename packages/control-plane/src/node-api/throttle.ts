import type { Clock } from "../deps.js";

/** Counts attempts per key in a fixed window, in this process. Bounded: the oldest key goes first. */
export interface Throttle {
  /** Seconds to wait, or null when the attempt may go on. */
  attempt(key: string): number | null;
}

interface Window {
  readonly startedAt: number;
  count: number;
}

export function createThrottle(clock: Clock, limits: { readonly attempts: number; readonly windowMs: number; readonly maxKeys: number }): Throttle {
  const windows = new Map<string, Window>();
  return {
    attempt(key) {
      const now = clock.now();
      const found = windows.get(key);
      if (found === undefined || now - found.startedAt >= limits.windowMs) {
        windows.delete(key);
        windows.set(key, { startedAt: now, count: 1 });
        const oldest = windows.size > limits.maxKeys ? windows.keys().next() : null;
        if (oldest?.done === false) windows.delete(oldest.value);
        return null;
      }
      found.count += 1;
      return found.count <= limits.attempts ? null : Math.ceil((found.startedAt + limits.windowMs - now) / 1_000);
    },
  };
}
