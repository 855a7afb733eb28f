import { describe, expect, it } from "vitest";
import { agePhrase, bothZones, clockIn, shortAge, untilPhrase } from "./relative-time.js";

const NOW = Date.UTC(2026, 2, 12, 13, 32, 7);
const earlier = (ms: number) => NOW - ms;

describe("ages", () => {
  it.each([
    [0, "now"],
    [38_000, "38 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [6 * 60_000, "6 min"],
    [2 * 3_600_000, "2 h"],
    [12 * 86_400_000, "12 d"],
  ])("an age of %d ms reads %s", (age, text) => expect(shortAge(earlier(age), NOW, "UTC")).toBe(text));

  it("gives the date past thirty days", () => {
    expect(shortAge(earlier(40 * 86_400_000), NOW, "UTC")).toBe("31 Jan 2026");
    expect(agePhrase(earlier(40 * 86_400_000), NOW, "UTC")).toBe("on 31 Jan 2026");
  });

  it("never counts a clock that runs ahead as the future", () => expect(shortAge(NOW + 5_000, NOW, "UTC")).toBe("now"));
  it("says how long a token still lives, and when it no longer does", () => {
    expect(untilPhrase(NOW + 14 * 60_000, NOW)).toBe("in 14 min");
    expect(untilPhrase(NOW - 1, NOW)).toBe("expired");
  });
});

describe("zones", () => {
  it("shows a moment in the reader's zone", () => {
    expect(clockIn(NOW, "UTC")).toBe("13:32");
    expect(clockIn(NOW, "Europe/Berlin")).toBe("14:32");
  });
  it("names both zones on hover, and UTC once only", () => {
    expect(bothZones(NOW, "Europe/Berlin").split("\n")).toHaveLength(2);
    expect(bothZones(NOW, "UTC").split("\n")).toHaveLength(1);
  });
});
