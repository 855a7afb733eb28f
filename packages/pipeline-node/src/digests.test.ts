import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTokenDigest } from "./digests.js";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64url");

describe("digests of tokens", () => {
  test("are SHA-256, also of texts that came before and of texts with the same end", () => {
    const digest = createTokenDigest();
    const text = fc.tuple(fc.string({ maxLength: 40 }), fc.constantFrom("", "abcdef", "abcdeg", "_-09AZ")).map(([start, end]) => start + end);
    fc.assert(
      fc.property(fc.array(text, { maxLength: 60 }), fc.nat({ max: 20 }), (texts, times) => {
        for (let time = 0; time <= times; time += 1) for (const each of texts) expect(digest(each)).toBe(sha256(each));
      }),
    );
  });

  test("are those of the whole text, however long it is", () => {
    const digest = createTokenDigest();
    const long = "x".repeat(10_000);
    for (let time = 0; time < 20; time += 1) for (const text of [`a${long}`, `b${long}`]) expect(digest(text)).toBe(sha256(text));
  });
});
