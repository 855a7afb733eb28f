import { expect, test } from "vitest";
import { decodeClaims } from "./decode-claims";

const token = (claims: unknown): string => ["{}", JSON.stringify(claims), "s"].map((part) => Buffer.from(part).toString("base64url")).join(".");

test("reads a token with or without its scheme, and plain JSON", () => {
  const claims = { sub: "ada", name: "Ada Lövelace ✓" };
  for (const text of [token(claims), `Bearer ${token(claims)}`, `\n ${token(claims)} `, JSON.stringify(claims)])
    expect(decodeClaims(text)).toEqual(claims);
});

test.each(["", "opaque", "a.b.c", "a.b", "{", "[1]", token([1]), `${token({})}.x`, "a.!!.c"])("takes %j for no claims", (text) => {
  expect(decodeClaims(text)).toBeNull();
});
