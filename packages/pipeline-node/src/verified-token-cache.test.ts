import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createVerifiedTokenCache } from "./verified-token-cache.js";

describe("the verified-token cache", () => {
  test("never holds more than max, and never gives a value under another key", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 20 })), { maxLength: 300 }), (max, steps) => {
        const cache = createVerifiedTokenCache({ max });
        for (const [write, n] of steps) {
          if (write) {
            cache.set(`k${n}`, n);
            expect(cache.get(`k${n}`)).toBe(n);
          } else expect([undefined, n]).toContain(cache.get(`k${n}`));
          expect(cache.size).toBeLessThanOrEqual(max);
        }
      }),
    );
  });

  test("keeps what is used through a scan of tokens that are seen once", () => {
    const cache = createVerifiedTokenCache({ max: 100 });
    for (let n = 0; n < 50; n++) cache.set(`used-${n}`, n);
    for (let n = 0; n < 10_000; n++) {
      if (n % 20 === 0) for (let used = 0; used < 50; used++) cache.get(`used-${used}`);
      cache.set(`once-${n}`, n);
    }
    let kept = 0;
    for (let n = 0; n < 50; n++) if (cache.get(`used-${n}`) !== undefined) kept++;
    expect(kept).toBe(50);
  });

  test("replaces the value of a key that it holds", () => {
    const cache = createVerifiedTokenCache({ max: 1 });
    cache.set("a", 1);
    cache.set("a", 2);
    expect([cache.get("a"), cache.size]).toEqual([2, 1]);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses a size of %d", (max) => {
    expect(() => createVerifiedTokenCache({ max })).toThrow(RangeError);
  });
});
