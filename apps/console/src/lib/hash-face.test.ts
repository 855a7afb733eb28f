import { describe, expect, it } from "vitest";
import { hashFace } from "./hash-face.js";

describe("the face of a revision", () => {
  it("has eight bars whose heights follow the first eight digits", () => {
    const bars = hashFace("0f8f0000ffffffff");
    expect(bars).toHaveLength(8);
    expect(bars.map((bar) => bar.height)).toEqual([2, 12, 7.3, 12, 2, 2, 2, 2]);
  });
  it("is equal for equal beginnings only", () => {
    expect(hashFace("2ce7b06d11")).toEqual(hashFace("2ce7b06d99"));
    expect(hashFace("2ce7b06d")).not.toEqual(hashFace("2ce7b06e"));
  });
  it("stays inside its box", () => {
    for (const bar of hashFace("0123456789abcdef")) expect(bar.y + bar.height).toBeCloseTo(12);
  });
});
