import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createVerifiedTokenCache } from "./verified-token-cache.js";

describe("the verified-token cache", () => {
  test("never holds more than max, and never gives a value under another key", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 20 })), { maxLength: 300 }), (max, steps) => {
        const cache = createVerifiedTokenCache({ max });
        for (const [write, n] of steps) {
          // Many owners of few digests.
          const [owner, digest] = [`t${n % 7}/main`, `d${n % 3}`];
          if (write) {
            cache.set(owner, digest, n);
            expect(cache.get(owner, digest)).toBe(n);
          } else expect([undefined, n]).toContain(cache.get(owner, digest));
          expect(cache.size).toBeLessThanOrEqual(max);
        }
      }),
    );
  });

  test("keeps what is used through a scan of tokens that are seen once", () => {
    const cache = createVerifiedTokenCache({ max: 100 });
    for (let n = 0; n < 50; n++) cache.set("acme/main", `used-${n}`, n);
    for (let n = 0; n < 10_000; n++) {
      if (n % 20 === 0) for (let used = 0; used < 50; used++) cache.get("acme/main", `used-${used}`);
      cache.set("acme/main", `once-${n}`, n);
    }
    let kept = 0;
    for (let n = 0; n < 50; n++) if (cache.get("acme/main", `used-${n}`) !== undefined) kept++;
    expect(kept).toBe(50);
  });

  test("replaces the value of a key that it holds", () => {
    const cache = createVerifiedTokenCache({ max: 1 });
    cache.set("acme/main", "a", 1);
    cache.set("acme/main", "a", 2);
    expect([cache.get("acme/main", "a"), cache.size]).toEqual([2, 1]);
  });

  test("gives nobody what another owner's token of the same digest has, and lets each go by itself", () => {
    const cache = createVerifiedTokenCache({ max: 3 });
    for (const owner of ["acme/main", "globex/main", "initech/main"]) cache.set(owner, "same", owner);
    const ofAll = () => ["acme/main", "globex/main", "initech/main", "acme/other"].map((owner) => cache.get(owner, "same"));
    expect(ofAll()).toEqual(["acme/main", "globex/main", "initech/main", undefined]);
    cache.set("acme/other", "same", "acme/other");
    expect([cache.size, ofAll().filter((found) => found === undefined)]).toEqual([3, [undefined]]);
    for (let n = 0; n < 10; n++) cache.set("acme/main", `other-${n}`, n);
    expect(cache.size).toBe(3);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses a size of %d", (max) => {
    expect(() => createVerifiedTokenCache({ max })).toThrow(RangeError);
  });
});
