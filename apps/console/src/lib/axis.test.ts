import { describe, expect, it } from "vitest";
import { axisTop } from "./axis.js";

describe("the end of an axis", () => {
  it.each([
    [0, 1],
    [31.4, 32],
    [0.7, 0.8],
    [1, 1],
    [101, 120],
    [9_990, 10_000],
  ])("values up to %d end at %d", (highest, top) => expect(axisTop(highest)).toBeCloseTo(top));
  it("always holds its highest value", () => {
    for (let value = 0.01; value < 10_000; value *= 1.37) expect(axisTop(value)).toBeGreaterThanOrEqual(value * 0.998);
  });
});
