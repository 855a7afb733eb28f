import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLane } from "./lane.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a lane", () => {
  it("begins the first task at once, the others with a gap between them, in order", async () => {
    const lane = createLane({ width: 4, gapMs: 6, withinMs: () => 60_000 });
    const begun: number[] = [];
    for (let index = 0; index < 100; index += 1) lane.run(async () => begun.push(index));
    expect(begun).toEqual([0]);
    await vi.advanceTimersByTimeAsync(60);
    expect(begun).toHaveLength(11);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(begun).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it("lets a crowd begin in time, however many they are", async () => {
    const lane = createLane({ width: 4, gapMs: 6, withinMs: () => 10_000 });
    let begun = 0;
    for (let index = 0; index < 5_000; index += 1) lane.run(async () => (begun += 1));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(begun).toBeLessThan(2_500);
    await vi.advanceTimersByTimeAsync(8_500);
    expect(begun).toBe(5_000);
  });

  it("runs no more at once than it is wide, and goes on after tasks that fail", async () => {
    const lane = createLane({ width: 2, gapMs: 0, withinMs: () => 0 });
    let [running, most, done] = [0, 0, 0];
    for (let index = 0; index < 20; index += 1) {
      lane.run(async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 10));
        running -= 1;
        done += 1;
        if (index % 3 === 0) throw new Error("no answer");
      });
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect([most, done]).toEqual([2, 20]);
  });
});
