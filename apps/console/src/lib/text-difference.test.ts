import { describe, expect, it } from "vitest";
import { textDifference } from "./text-difference.js";

describe("the part of two texts that differs", () => {
  it("is a trailing slash", () =>
    expect(textDifference("https://sso.example/oauth2", "https://sso.example/oauth2/")).toEqual({
      start: "https://sso.example/oauth2",
      left: "",
      right: "/",
      end: "",
    }));
  it("is a segment in the middle", () =>
    expect(textDifference("https://a.example/v1/x", "https://a.example/v2/x")).toEqual({
      start: "https://a.example/v",
      left: "1",
      right: "2",
      end: "/x",
    }));
  it("does not count a shared letter twice", () => {
    const { start, left, right, end } = textDifference("aa", "aaa");
    expect(start + left + end).toBe("aa");
    expect(start + right + end).toBe("aaa");
  });
  it("is nothing for equal texts", () => expect(textDifference("same", "same")).toMatchObject({ left: "", right: "" }));
});
