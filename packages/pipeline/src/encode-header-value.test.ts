import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeHeaderList, encodeHeaderValue, MAX_HEADER_VALUE_LENGTH } from "./encode-header-value.js";

const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });

describe("claims as header values", () => {
  test("are visible ASCII whatever they hold, and decode to what they held", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const encoded = encodeHeaderValue(text);
        expect(encoded).toMatch(/^[\x21-\x7e]*$/);
        expect(decodeURIComponent(encoded ?? "")).toBe(text.toWellFormed());
      }),
      { numRuns: 1_000 },
    );
  });

  test("keep list members apart", () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 20 }), (items) => {
        const encoded = encodeHeaderList(items);
        const kept = items.filter((item) => item !== "");
        if (encoded === null) expect(kept).toEqual([]);
        else expect(encoded.split(",").map(decodeURIComponent)).toEqual(kept.map((item) => item.toWellFormed()));
      }),
    );
  });

  test("are bounded: a long value is left out, a long list ends with its last whole member that fits", () => {
    expect(encodeHeaderValue("a".repeat(MAX_HEADER_VALUE_LENGTH))).toHaveLength(MAX_HEADER_VALUE_LENGTH);
    expect(encodeHeaderValue("a".repeat(MAX_HEADER_VALUE_LENGTH + 1))).toBeNull();
    expect(encodeHeaderValue("\u00e9".repeat(MAX_HEADER_VALUE_LENGTH / 2))).toBeNull();
    const list = encodeHeaderList(Array.from({ length: 1_000 }, () => "abcdefghi")) ?? "";
    expect(list.length).toBeLessThanOrEqual(MAX_HEADER_VALUE_LENGTH);
    expect(list).toMatch(/^(?:abcdefghi,)*abcdefghi$/);
  });
});
