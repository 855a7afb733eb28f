import { describe, expect, it } from "vitest";
import { parseStages, planOf, timeOf } from "./rollout-plan.js";

describe("stages on the command line", () => {
  it("say who, how long, and who opens the next one", () => {
    expect(parseStages("10%:5m, edge-1+edge-2:1h:manual,100%")).toEqual([
      { percent: 10, soakSeconds: 300, promote: "automatic" },
      { nodes: ["edge-1", "edge-2"], soakSeconds: 3_600, promote: "manual" },
      { percent: 100, soakSeconds: 300, promote: "automatic" },
    ]);
    expect(parseStages("5%:manual:30s")).toEqual([{ percent: 5, soakSeconds: 30, promote: "manual" }]);
    expect(parseStages("100%@edge-eu:0s,10%@edge-us+edge-ap")).toEqual([
      { percent: 100, groups: ["edge-eu"], soakSeconds: 0, promote: "automatic" },
      { percent: 10, groups: ["edge-us", "edge-ap"], soakSeconds: 300, promote: "automatic" },
    ]);
  });

  it.each([
    "",
    "10",
    "10%:",
    "10%:5",
    "10%:5m:5m",
    "10%,",
    "1000%",
    "Edge 1",
    "edge-1+",
    "10%:soon",
    "10%:5m:manual:x",
    "10%@",
    "10%@Edge",
    "edge-1@eu",
  ])("are refused as %j", (text) => {
    expect(() => parseStages(text)).toThrow(/10%:5m/);
  });

  it("make a plan only where they are named, and ask for a rollback unless told not to", () => {
    expect(planOf({ rollback: true })).toBeUndefined();
    expect(() => planOf({ refusalRise: 3 })).toThrow("add --stages");
    const stages = parseStages("10%:1m,100%:0s");
    const plan = planOf({ stages, group: ["eu"], refusalRise: 0.5, rollback: false });
    expect(plan).toEqual({ stages, groups: ["eu"], halt: { refusalRise: 0.5 }, rollback: "manual" });
    expect(planOf({ stages })).toEqual({ stages, rollback: "automatic" });
    expect(plan && timeOf(plan)).toBe(60);
  });
});
