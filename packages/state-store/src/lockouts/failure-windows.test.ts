import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countFailure, createFailureWindows } from "./failure-windows.js";

const RULE = { failures: 5, windowMs: 300_000, lockoutMs: 300_000 };

describe("failures of one key", () => {
  it("lock out exactly when as many as the rule says fall into one window, wherever it lies", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 8 }), (steps, failures) => {
        const rule = { ...RULE, failures };
        let times: number[] = [];
        let now = 1_000_000;
        const since: number[] = [];
        for (const step of steps) {
          now += step;
          since.push(now);
          const counted = countFailure(times, now, rule);
          const within = since.filter((at) => at > now - rule.windowMs).length;
          expect(counted.locksOut).toBe(within >= failures);
          expect(counted.times.length).toBeLessThanOrEqual(failures);
          times = counted.times;
          if (!counted.locksOut) continue;
          times = [];
          since.length = 0;
        }
      }),
    );
  });
});

describe("failures in a node's memory", () => {
  const setUp = (maxKeys?: number) => {
    const clock = { ms: 0, now: () => clock.ms };
    return { clock, windows: createFailureWindows({ clock, ...(maxKeys !== undefined && { maxKeys }) }) };
  };

  it("lock out with the last one, once, and begin anew", () => {
    const { windows } = setUp();
    expect(Array.from({ length: 11 }, () => windows.fail("a", RULE))).toEqual([
      false,
      false,
      false,
      false,
      true,
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
  });

  it("of other nodes count along, once they are known", () => {
    const { windows } = setUp();
    windows.fail("a", RULE);
    windows.learn("a", 4);
    windows.learn("a", 2);
    windows.learn("nobody", 4);
    expect([windows.fail("nobody", RULE), windows.fail("a", RULE)]).toEqual([false, true]);
  });

  it("are forgotten when somebody says so", () => {
    const { windows } = setUp();
    for (let count = 0; count < 4; count += 1) windows.fail("a", RULE);
    windows.forget("a");
    expect(windows.fail("a", RULE)).toBe(false);
  });

  it("stay bounded: the key that failed longest ago goes first", () => {
    const { clock, windows } = setUp(2);
    for (const key of ["a", "a", "a", "b", "a", "c"]) {
      clock.ms += 1;
      windows.fail(key, RULE);
    }
    expect(windows.size).toBe(2);
    // b is forgotten; a has its four.
    expect(windows.fail("a", RULE)).toBe(true);
  });
});
