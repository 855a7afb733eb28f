import { describe, expect, it } from "vitest";
import { lineDiff, withGaps } from "./line-diff.js";

const marks = (before: string, after: string) => lineDiff(before, after).map((line) => `${{ same: " ", add: "+", del: "-" }[line.kind]}${line.text}`);

describe("a text diff", () => {
  it("marks what went and what came", () => expect(marks("a\nb\nc", "a\nB\nc")).toEqual([" a", "-b", "+B", " c"]));
  it("keeps lines that moved apart", () => expect(marks("a\nc", "a\nb\nc\nd")).toEqual([" a", "+b", " c", "+d"]));
  it("gives a new text as added whole", () => expect(marks("", "a\nb")).toEqual(["+a", "+b"]));
  it("can be undone: same and removed lines are the old text, same and added ones the new", () => {
    const before = "one\ntwo\nthree\nfour\nfive\nsix";
    const after = "zero\ntwo\n2.5\nfour\nsix\nseven";
    const lines = lineDiff(before, after);
    const only = (drop: "add" | "del") =>
      lines
        .filter((line) => line.kind !== drop)
        .map((line) => line.text)
        .join("\n");
    expect(only("add")).toBe(before);
    expect(only("del")).toBe(after);
  });
  it("leaves long unchanged stretches out", () => {
    const long = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    const lines = withGaps(lineDiff(long.join("\n"), [...long.slice(0, 20), "new", ...long.slice(20)].join("\n")), 2);
    expect(lines).toHaveLength(7);
    expect(lines[0]).toBeNull();
    expect(lines.at(-1)).toBeNull();
  });
});
