import { describe, expect, it } from "vitest";
import { healthOf, type NodeFacts } from "./node-state.js";

const NOW = Date.parse("2026-11-02T10:00:00Z");
const node = (ageMs: number | null, more: Partial<NodeFacts> = {}): NodeFacts => ({
  lastHeartbeatAt: ageMs === null ? null : new Date(NOW - ageMs),
  ready: true,
  draining: false,
  problems: [],
  clockSkewMs: 0,
  appliedRevision: 1,
  appliedEpoch: 1,
  nackedRevision: null,
  ...more,
});

describe("a node's health", () => {
  it("is worth a look after two missed heartbeats and silent after three, whatever the node said last", () => {
    const after = (ageMs: number) => healthOf(node(ageMs), NOW);
    expect([0, 5_000, 10_000, 10_001, 15_000, 15_001].map(after)).toEqual(["serving", "serving", "serving", "degraded", "degraded", "silent"]);
    expect(healthOf(node(null), NOW)).toBe("silent");
    expect(healthOf(node(16_000, { problems: ["stale keys"] }), NOW)).toBe("silent");
  });

  it("is degraded as soon as the node says so, or its clock is off by more than half a minute", () => {
    for (const said of [{ ready: false }, { draining: true }, { problems: ["stale keys"] }, { clockSkewMs: -30_001 }])
      expect(healthOf(node(0, said), NOW)).toBe("degraded");
  });
});
