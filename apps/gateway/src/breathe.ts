/** Longest run of work on the event loop between two breaths, ms. Requests wait for no more than this and one step. */
const SLICE_MS = 0.3;

/**
 * For long work beside live traffic: call it between steps; it gives a promise only when the slice is used up.
 * @example for (const step of steps) { work(step); const pause = breathe(); if (pause) await pause; }
 */
export function createBreather(): () => Promise<void> | undefined {
  let began = performance.now();
  return () => {
    if (performance.now() - began < SLICE_MS) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        began = performance.now();
        resolve();
      });
    });
  };
}
