import type { LockoutRule } from "./lockout-store.js";

export interface FailureWindows {
  /** Counts one failure. True when it is the one that locks out: what was counted for the key is forgotten with it. */
  fail(key: string, rule: LockoutRule): boolean;
  /** Somebody else has counted so many, this process's own among them: the next one is counted on top of them. */
  learn(key: string, failures: number): void;
  forget(key: string): void;
  /** Keys in memory. */
  readonly size: number;
}

/**
 * One failure, as every store must count it: the times of the last failures, as many as lock out. No window has an edge over which somebody
 * could try twice as often.
 * @param times ascending, ms
 */
export function countFailure(times: readonly number[], nowMs: number, { failures, windowMs }: LockoutRule): { times: number[]; locksOut: boolean } {
  const within = [...times.filter((at) => at > nowMs - windowMs), nowMs].slice(-failures);
  return { times: within, locksOut: within.length >= failures };
}

/**
 * Failures in the memory of one process. Bounded: of more keys, those that failed longest ago are forgotten.
 * @param clock ms, monotonic
 */
export function createFailureWindows({ clock, maxKeys = 100_000 }: { readonly clock: { now(): number }; readonly maxKeys?: number }): FailureWindows {
  const known = new Map<string, number[]>();
  return {
    fail(key, rule) {
      const { times, locksOut } = countFailure(known.get(key) ?? [], clock.now(), rule);
      // Put at the end: the first of the map is the one that failed longest ago.
      known.delete(key);
      if (locksOut) return true;
      known.set(key, times);
      if (known.size > maxKeys) {
        const oldest = known.keys().next();
        if (oldest.done !== true) known.delete(oldest.value);
      }
      return false;
    },
    learn(key, failures) {
      const times = known.get(key);
      if (times === undefined || times.length >= failures) return;
      // When the others were is not known: as late as can be, so that nobody gets more tries by it.
      while (times.length < failures) times.push(clock.now());
    },
    forget: (key) => void known.delete(key),
    get size() {
      return known.size;
    },
  };
}
