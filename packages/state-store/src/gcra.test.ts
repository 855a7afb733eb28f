import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type GcraResult, gcra, type RateLimit } from "./gcra.js";

/** Intervals of whole milliseconds, so that a token bucket in integers can be the oracle. */
const limits = fc
  .record({ intervalMs: fc.integer({ min: 1, max: 5_000 }), burst: fc.integer({ min: 1, max: 20 }), windowSeconds: fc.integer({ min: 1, max: 60 }) })
  .filter(({ intervalMs, windowSeconds }) => (windowSeconds * 1_000) % intervalMs === 0)
  .map(({ intervalMs, burst, windowSeconds }) => ({ intervalMs, limit: { limit: (windowSeconds * 1_000) / intervalMs, windowSeconds, burst } }));
const gaps = fc.array(fc.integer({ min: 0, max: 7_000 }), { minLength: 1, maxLength: 120 });

/** The textbook token bucket: `burst` tokens, one more each interval, in units of 1/interval token. */
function tokenBucket(intervalMs: number, burst: number) {
  let level = burst * intervalMs;
  let last = 0;
  return (now: number): boolean => {
    level = Math.min(burst * intervalMs, level + now - last);
    last = now;
    if (level < intervalMs) return false;
    level -= intervalMs;
    return true;
  };
}

describe("gcra", () => {
  it("decides like a token bucket, request by request", () => {
    fc.assert(
      fc.property(limits, gaps, ({ intervalMs, limit }, steps) => {
        const reference = tokenBucket(intervalMs, limit.burst);
        let now = 0;
        let state: number | null = null;
        for (const step of steps) {
          now += step;
          const result: GcraResult = gcra(state, now, limit);
          expect(result.allowed).toBe(reference(now));
          state = result.state;
        }
      }),
      { numRuns: 400 },
    );
  });

  it("lets exactly `remaining` more requests pass at the same moment", () => {
    fc.assert(
      fc.property(limits, gaps, ({ limit }, steps) => {
        let now = 0;
        let last: GcraResult = gcra(null, now, limit);
        for (const step of steps) {
          now += step;
          last = gcra(last.state, now, limit);
        }
        for (let left = last.remaining; left > 0; left -= 1) {
          last = gcra(last.state, now, limit);
          expect(last.allowed).toBe(true);
        }
        expect(gcra(last.state, now, limit).allowed).toBe(false);
      }),
    );
  });

  it("keeps its word: after Retry-After a request passes, and a second before it none would", () => {
    fc.assert(
      fc.property(limits, gaps, ({ limit }, steps) => {
        let now = 0;
        let state: number | null = null;
        for (const step of steps) {
          now += step;
          const result: GcraResult = gcra(state, now, limit);
          state = result.state;
          if (result.allowed) expect(result.retryAfterSeconds).toBe(0);
          else {
            expect(gcra(state, now + result.retryAfterSeconds * 1_000, limit).allowed).toBe(true);
            const tooEarly = now + (result.retryAfterSeconds - 1) * 1_000;
            expect(gcra(state, tooEarly, limit).allowed).toBe(false);
          }
        }
      }),
    );
  });

  it("never passes more than burst + rate × time, for fractional intervals too", () => {
    fc.assert(
      fc.property(
        fc.record({
          limit: fc.integer({ min: 1, max: 50_000 }),
          windowSeconds: fc.integer({ min: 1, max: 3_600 }),
          burst: fc.integer({ min: 1, max: 500 }),
        }),
        fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 1, maxLength: 500 }),
        (limit: RateLimit, steps) => {
          let now = 1_000_000;
          const start = now;
          let state: number | null = null;
          let passed = 0;
          for (const step of steps) {
            now += step;
            const result: GcraResult = gcra(state, now, limit);
            state = result.state;
            if (result.allowed) passed += 1;
          }
          expect(passed).toBeLessThanOrEqual(limit.burst + ((now - start) * limit.limit) / (limit.windowSeconds * 1_000) + 1);
        },
      ),
    );
  });

  it("does not make a key wait longer than an empty bucket when its limit is tightened", () => {
    const wide = { limit: 10, windowSeconds: 60, burst: 100 };
    let state: number | null = null;
    for (let i = 0; i < 100; i += 1) state = gcra(state, 0, wide).state;
    const tight = { limit: 1, windowSeconds: 1, burst: 2 };
    expect(gcra(state, 0, tight)).toMatchObject({ allowed: false, retryAfterSeconds: 1 });
  });
});
