import fc from "fast-check";
import { expect, it } from "vitest";
import { createBackOff } from "./back-off.js";

const chances = fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 1, maxLength: 40 });

it("waits a quarter of a second at least and 25 s at most, and no longer than it is told", () => {
  fc.assert(
    fc.property(chances, fc.integer({ min: 500, max: 30_000 }), (random, longestMs) => {
      let at = 0;
      const backOff = createBackOff(() => random[at++ % random.length] ?? 0);
      for (const _ of random) {
        const wait = backOff.next(longestMs);
        expect(wait).toBeGreaterThanOrEqual(250);
        expect(wait).toBeLessThanOrEqual(Math.min(25_000, longestMs));
      }
    }),
  );
});

it("spreads a fleet over the whole pause, which doubles with each failure until an answer comes", () => {
  const backOff = createBackOff(() => 0.999_999);
  expect(Array.from({ length: 8 }, () => Math.round(backOff.next()))).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 25_000, 25_000]);
  backOff.reset();
  expect(Math.round(backOff.next())).toBe(500);
  const eager = createBackOff(() => 0);
  expect(Array.from({ length: 3 }, () => eager.next())).toEqual([250, 250, 250]);
});
