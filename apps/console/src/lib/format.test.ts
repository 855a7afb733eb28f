import { describe, expect, it } from "vitest";
import { bytes, count, countOf, duration, figure, initials, inWords, percent, withoutScheme } from "./format.js";

describe("figures", () => {
  it("groups thousands", () => expect(count(412_908)).toBe("412,908"));
  it("knows one zero only", () => expect(count(-0)).toBe("0"));
  it("knows one from many", () => {
    expect(countOf(1, "tenant")).toBe("1 tenant");
    expect(countOf(0, "tenant")).toBe("0 tenants");
    expect(countOf(2, "policy", "policies")).toBe("2 policies");
  });
  it.each([
    [null, "–"],
    [0, "0"],
    [0.0084, "0.84"],
    [0.314, "31.4"],
    [1, "100"],
  ])("a share of %s reads %s", (share, text) => expect(percent(share)).toBe(text));
  it("never rounds a share up to all of it", () => expect(percent(0.999)).toBe("99.9"));
  it("keeps a digit where it means something", () => {
    expect(figure(0.42)).toBe("0.4");
    expect(figure(31.44)).toBe("31.4");
    expect(figure(412.4)).toBe("412");
  });
  it("reads bytes and durations", () => {
    expect(bytes(6_554)).toBe("6.4 KiB");
    expect(duration(1_840)).toBe("1.8 s");
    expect(duration(41)).toBe("41 ms");
  });
});

describe("words", () => {
  it("writes small numbers out", () => {
    expect(inWords(3)).toBe("three");
    expect(inWords(14)).toBe("14");
  });
  it("takes initials of names and of addresses", () => {
    expect(initials("Mara Okafor")).toBe("MO");
    expect(initials("it@acme.example")).toBe("IA");
    expect(initials("root")).toBe("RO");
  });
  it("drops an issuer's scheme and nothing else", () => expect(withoutScheme("https://login.example/v2.0/")).toBe("login.example/v2.0/"));
});
