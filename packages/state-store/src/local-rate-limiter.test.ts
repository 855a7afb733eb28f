import { describe, expect, it } from "vitest";
import { createLocalRateLimiter } from "./local-rate-limiter.js";

const perSecond = (limit: number, burst: number) => ({ limit, windowSeconds: 1, burst });

function clockAt(start: number) {
  let now = start;
  return { now: () => now, set: (ms: number) => (now = ms), advance: (ms: number) => (now += ms) };
}

describe("createLocalRateLimiter", () => {
  it("counts each bucket by itself", () => {
    const limiter = createLocalRateLimiter({ clock: clockAt(0) });
    expect(limiter.take("a", perSecond(1, 1)).allowed).toBe(true);
    expect(limiter.take("a", perSecond(1, 1)).allowed).toBe(false);
    expect(limiter.take("b", perSecond(1, 1)).allowed).toBe(true);
  });

  it("holds 10,000/s to within 0.1 % at today's wall clock", () => {
    const clock = clockAt(Date.UTC(2026, 5, 1));
    const limiter = createLocalRateLimiter({ clock });
    let passed = 0;
    for (let step = 0; step < 4_000; step += 1) {
      for (let i = 0; i < 10; i += 1) if (limiter.take("t", perSecond(10_000, 500)).allowed) passed += 1;
      clock.advance(0.5);
    }
    expect(passed).toBeGreaterThan(20_480);
    expect(passed).toBeLessThan(20_520);
  });

  it("goes on counting when the wall clock is set back an hour", () => {
    const clock = clockAt(Date.UTC(2026, 0, 1));
    const limiter = createLocalRateLimiter({ clock });
    expect(limiter.take("a", perSecond(1, 1)).allowed).toBe(true);
    clock.advance(-3_600_000);
    expect(limiter.take("a", perSecond(1, 1)).allowed).toBe(false);
    clock.advance(1_001);
    expect(limiter.take("a", perSecond(1, 1)).allowed).toBe(true);
  });

  it("stays within its memory under a flood of keys", () => {
    const clock = clockAt(0);
    const limiter = createLocalRateLimiter({ clock, maxBuckets: 1_000 });
    for (let i = 0; i < 50_000; i += 1) limiter.take(`ip-${i}`, perSecond(1, 5));
    expect(limiter.size()).toBe(1_000);
  });

  it("forgets idle buckets before it forgives a busy one", () => {
    const clock = clockAt(0);
    const limiter = createLocalRateLimiter({ clock, maxBuckets: 1_000 });
    const slow = { limit: 1, windowSeconds: 3_600, burst: 1 };
    limiter.take("offender", slow);
    for (let i = 0; i < 999; i += 1) limiter.take(`idle-${i}`, perSecond(1, 1));
    clock.advance(2_000);
    for (let i = 0; i < 999; i += 1) limiter.take(`new-${i}`, perSecond(1, 1));
    expect(limiter.take("offender", slow).allowed).toBe(false);
  });

  it("forgives, when all are busy, a bucket that is near to idle and not the worst offender", () => {
    const clock = clockAt(0);
    const limiter = createLocalRateLimiter({ clock, maxBuckets: 64 });
    const slow = { limit: 1, windowSeconds: 3_600, burst: 1 };
    limiter.take("offender", slow);
    for (let i = 0; i < 5_000; i += 1) limiter.take(`ip-${i}`, perSecond(1, 1));
    expect(limiter.take("offender", slow).allowed).toBe(false);
  });

  it("counts a bucket that its caller holds together with those who ask for it by name", () => {
    const limiter = createLocalRateLimiter({ clock: clockAt(0) });
    const [one, other] = [
      { slotOwner: null, slotHeld: null },
      { slotOwner: null, slotHeld: null },
    ];
    const passed = [limiter.take("a", perSecond(1, 3), one), limiter.take("a", perSecond(1, 3), other), limiter.take("a", perSecond(1, 3))];
    expect(passed.map(({ allowed }) => allowed)).toEqual([true, true, true]);
    for (const slot of [one, other, undefined]) expect(limiter.take("a", perSecond(1, 3), slot).allowed).toBe(false);
  });

  it("gives a caller whose bucket had to make room another one, which all share again", () => {
    const limiter = createLocalRateLimiter({ clock: clockAt(0), maxBuckets: 1 });
    const slot = { slotOwner: null, slotHeld: null };
    limiter.take("a", perSecond(1, 1), slot);
    limiter.take("b", perSecond(1, 1));
    expect(limiter.take("a", perSecond(1, 1)).allowed).toBe(true);
    expect(limiter.take("a", perSecond(1, 1), slot).allowed).toBe(false);
    expect(limiter.size()).toBe(1);
  });

  it("does not take another limiter's bucket for its own", () => {
    const slot = { slotOwner: null, slotHeld: null };
    for (const limiter of [createLocalRateLimiter({ clock: clockAt(0) }), createLocalRateLimiter({ clock: clockAt(0) })]) {
      expect(limiter.take("a", perSecond(1, 1), slot).allowed).toBe(true);
      expect(limiter.take("a", perSecond(1, 1), slot).allowed).toBe(false);
    }
  });
});
