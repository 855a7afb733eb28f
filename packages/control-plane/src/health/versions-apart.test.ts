import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { versionsApart } from "./versions-apart.js";

describe("versions", () => {
  it.each([
    ["0.1.0", "0.1.9", false],
    ["0.1.0", "0.2.0", false],
    ["0.1.0", "0.3.0", true],
    ["1.9.4", "2.0.0", false],
    ["1.9.4", "2.1.0", true],
    ["1.0.0", "3.0.0", true],
    ["1.4.0-rc.1", "1.5.0+build.7", false],
    ["main", "main", false],
    ["main", "1.0.0", true],
    ["", "1.0.0", true],
  ])("%s and %s: too far apart is %s", (a, b, expected) => {
    expect(versionsApart(a, b).isTooFar).toBe(expected);
    expect(versionsApart(b, a).isTooFar).toBe(expected);
  });

  it("are in one order, whichever way round they are asked about", () => {
    const version = fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)).map((parts) => parts.join("."));
    fc.assert(fc.property(version, version, (a, b) => Math.sign(versionsApart(a, b).order) === -Math.sign(versionsApart(b, a).order) || a === b));
  });
});
