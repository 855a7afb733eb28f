import { passiveHealth } from "@sallyport/snapshot";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TargetHealth } from "./target-health.js";

const POLICY = passiveHealth.parse({ failures: 3, ejectSeconds: 10, maxEjectSeconds: 35 });
const fail = (health: TargetHealth, now: number, times = 1): void => {
  for (let count = 0; count < times; count += 1) health.failed(POLICY, "refused", now);
};

describe("a target's health", () => {
  it("ejects it after failures in a row, and not after as many with a success between", () => {
    const health = new TargetHealth();
    fail(health, 0, 2);
    health.succeeded();
    fail(health, 0, 2);
    expect(health.isOpen(0)).toBe(true);
    fail(health, 0);
    expect(health.isOpen(0)).toBe(false);
    expect(health.isEjected(0)).toBe(true);
    expect(health.ejectedTotal).toBe(1);
    expect(health.lastError).toBe("refused");
  });

  it("is tried by one request when the time is over; the others wait for its outcome", () => {
    const health = new TargetHealth();
    fail(health, 0, 3);
    expect(health.isOpen(9_999)).toBe(false);
    expect(health.isOpen(10_000)).toBe(true);
    expect(health.chosen(10_000)).toBe(true);
    expect(health.isOpen(10_000)).toBe(false);
    expect(health.chosen(10_000)).toBe(false);
    health.succeeded();
    health.trialEnded();
    expect(health.isOpen(10_000)).toBe(true);
    expect(health.lastError).toBeNull();
    expect(health.chosen(10_001)).toBe(false);
  });

  it("is left out twice as long each time in a row, and never longer than the limit; a success starts anew", () => {
    const health = new TargetHealth();
    const lengths: number[] = [];
    let now = 0;
    fail(health, now, 3);
    for (let round = 0; round < 5; round += 1) {
      let end = now;
      while (!health.isOpen(end)) end += 1_000;
      lengths.push((end - now) / 1_000);
      now = end;
      health.chosen(now);
      fail(health, now);
      health.trialEnded();
    }
    expect(lengths).toEqual([10, 20, 35, 35, 35]);
    health.succeeded();
    fail(health, now, 3);
    expect(health.isOpen(now + 10_000)).toBe(true);
  });

  it("does not count what was under way when it was ejected", () => {
    const health = new TargetHealth();
    fail(health, 0, 100);
    expect(health.ejectedTotal).toBe(1);
    expect(health.isOpen(10_000)).toBe(true);
  });

  it("whatever happens, is open again at the latest when the longest time is over", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 40_000 }), good: fc.boolean() }), { maxLength: 60 }), (steps) => {
        const health = new TargetHealth();
        let now = 0;
        for (const { waitMs, good } of steps) {
          now += waitMs;
          const isTrial = health.chosen(now);
          if (good) health.succeeded();
          else fail(health, now);
          if (isTrial) health.trialEnded();
        }
        expect(health.isOpen(now + POLICY.maxEjectSeconds * 1_000)).toBe(true);
      }),
    );
  });
});
