import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createSecretBox } from "./sealed.js";

const place = { table: "signing_key", row: "kid-1", column: "private_key" };

describe("a sealed secret", () => {
  it("opens in its place with its key, and is sealed differently each time", () => {
    const box = createSecretBox(randomBytes(32));
    const [one, two] = [box.seal("s3cret – ünïcode", place), box.seal("s3cret – ünïcode", place)];
    expect(box.open(one, place)).toBe("s3cret – ünïcode");
    expect(one.bytes.equals(two.bytes)).toBe(false);
    expect(one.bytes.includes("s3cret")).toBe(false);
  });

  it("does not open in another table, row or column, with another key, or with any byte changed", () => {
    const box = createSecretBox(randomBytes(32));
    const sealed = box.seal("s3cret", place);
    for (const member of ["table", "row", "column"] as const) expect(() => box.open(sealed, { ...place, [member]: "other" })).toThrow();
    expect(() => createSecretBox(randomBytes(32)).open(sealed, place)).toThrow(/master key/);
    for (let index = 0; index < sealed.bytes.length; index++) {
      const bytes = Buffer.from(sealed.bytes);
      bytes[index] = (bytes[index] ?? 0) ^ 1;
      expect(() => box.open({ ...sealed, bytes }, place)).toThrow();
    }
    for (const length of [0, 1, 27, sealed.bytes.length - 1])
      expect(() => box.open({ ...sealed, bytes: sealed.bytes.subarray(0, length) }, place)).toThrow();
  });

  it("needs a master key of 32 bytes", () => {
    for (const length of [0, 16, 31, 33]) expect(() => createSecretBox(randomBytes(length))).toThrow(/32 bytes/);
  });
});
