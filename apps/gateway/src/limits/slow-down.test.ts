import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSlowDown } from "./slow-down.js";

describe("attempts that are held", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const stays = (): void => undefined;

  it("wait longer and longer for one username, four seconds at most, and from the beginning once it is forgotten", async () => {
    const slowDown = createSlowDown({ clock: { now: Date.now } });
    const waited = async (): Promise<number> => {
      const began = Date.now();
      const held = slowDown.hold({ of: "acme ada", place: "203.0.113.7", most: 1 }, stays);
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

  it("begin anew where there was quiet for long enough", async () => {
    const slowDown = createSlowDown({ clock: { now: Date.now }, quietMs: 10_000 });
    const waited = async (): Promise<number> => {
      const began = Date.now();
      const held = slowDown.hold({ of: "fleet/login", place: "", most: 2 }, stays);
      await vi.advanceTimersToNextTimerAsync();
      await held;
      return Date.now() - began;
    };
    expect([await waited(), await waited()]).toEqual([250, 500]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await waited()).toBe(250);
  });

  it("are as many as may wait from one place, and no more", async () => {
    const slowDown = createSlowDown({ clock: { now: Date.now } });
    const three = Array.from({ length: 3 }, () => slowDown.hold({ of: "fleet/login", place: "", most: 3 }, stays));
    expect(await slowDown.hold({ of: "fleet/login", place: "", most: 3 }, stays)).toBe("no_room");
    await vi.advanceTimersByTimeAsync(4_000);
    expect(await Promise.all(three)).toEqual(["went_on", "went_on", "went_on"]);
  });

  it("are one for each place and a thousand in all, and make room when their client goes away", async () => {
    const slowDown = createSlowDown({ clock: { now: Date.now } });
    let leave = stays;
    const first = slowDown.hold({ of: "acme ada", place: "a", most: 1 }, (gone) => {
      leave = gone;
    });
    expect(await slowDown.hold({ of: "acme ada", place: "a", most: 1 }, stays)).toBe("no_room");
    for (let place = 0; place < 999; place += 1) void slowDown.hold({ of: "acme ada", place: `b${place}`, most: 1 }, stays);
    expect(await slowDown.hold({ of: "acme ada", place: "c", most: 1 }, stays)).toBe("no_room");
    leave();
    expect(await first).toBe("gone");
    const last = slowDown.hold({ of: "acme ada", place: "c", most: 1 }, stays);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(await last).toBe("went_on");
  });
});
