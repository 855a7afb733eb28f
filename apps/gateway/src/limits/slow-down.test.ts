import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSlowDown } from "./slow-down.js";

describe("attempts that are held", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const stays = (): void => undefined;

  it("wait longer and longer for one username, four seconds at most, and from the beginning once it is forgotten", async () => {
    const slowDown = createSlowDown();
    const waited = async (): Promise<number> => {
      const began = Date.now();
      const held = slowDown.hold("acme ada", "203.0.113.7", stays);
      await vi.advanceTimersToNextTimerAsync();
      expect(await held).toBe("went_on");
      return Date.now() - began;
    };
    const waits: number[] = [];
    for (let count = 0; count < 7; count += 1) waits.push(await waited());
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
    slowDown.forget("acme ada");
    expect(await waited()).toBe(250);
  });

  it("are one for each place and a thousand in all, and make room when their client goes away", async () => {
    const slowDown = createSlowDown();
    let leave = stays;
    const first = slowDown.hold("acme ada", "a", (gone) => {
      leave = gone;
    });
    expect(await slowDown.hold("acme ada", "a", stays)).toBe("no_room");
    for (let place = 0; place < 999; place += 1) void slowDown.hold("acme ada", `b${place}`, stays);
    expect(await slowDown.hold("acme ada", "c", stays)).toBe("no_room");
    leave();
    expect(await first).toBe("gone");
    const last = slowDown.hold("acme ada", "c", stays);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(await last).toBe("went_on");
  });
});
