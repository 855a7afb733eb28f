import type { Clock } from "../deps.js";

/** Counts failures per key in a fixed window, in this process. Bounded: the oldest key goes first. */
export interface FailureThrottle {
  /** Seconds to wait before the next attempt, or null when it may go on. */
  blockedFor(key: string): number | null;
  failed(key: string): void;
}

interface Window {
  readonly startedAt: number;
  count: number;
}

export function createFailureThrottle(
  clock: Clock,
  limits: { readonly failures: number; readonly windowMs: number; readonly maxKeys: number },
): FailureThrottle {
  const windows = new Map<string, Window>();
  const current = (key: string): Window | undefined => {
    const found = windows.get(key);
    return found !== undefined && clock.now() - found.startedAt < limits.windowMs ? found : undefined;
  };
  return {
    blockedFor(key) {
      const found = current(key);
      if (found === undefined || found.count < limits.failures) return null;
      return Math.max(1, Math.ceil((found.startedAt + limits.windowMs - clock.now()) / 1_000));
    },
    failed(key) {
      const found = current(key);
      if (found !== undefined) {
        found.count += 1;
        return;
      }
      windows.delete(key);
      windows.set(key, { startedAt: clock.now(), count: 1 });
      if (windows.size <= limits.maxKeys) return;
      const oldest = windows.keys().next();
      if (oldest.done === false) windows.delete(oldest.value);
    },
  };
}
