import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createProofMemory } from "./proof-memory.js";

describe("what a node has seen of proofs", () => {
  it("is exact: of each id the first is first, as long as it is kept, however they come and time goes", () => {
    const step = fc.oneof(
      fc.record({ what: fc.constant("note" as const), id: fc.integer({ min: 0, max: 12 }), keepMs: fc.integer({ min: 0, max: 5_000 }) }),
      fc.record({ what: fc.constant("release" as const), id: fc.integer({ min: 0, max: 12 }) }),
      fc.record({ what: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 3_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 6 }), (steps, max) => {
        let now = 1_000_000;
        const memory = createProofMemory({ max, now: () => now });
        const kept = new Map<number, number>();
        for (const each of steps) {
          if (each.what === "wait") now += each.ms;
          else if (each.what === "release") {
            memory.release(String(each.id));
            kept.delete(each.id);
          } else {
            const until = kept.get(each.id);
            const answer = memory.note(String(each.id), now + each.keepMs);
            // Before its time an id is known. Within the second after it may be.
            if (until !== undefined && now < until) expect(answer).toBe("again");
            else if (until === undefined || now >= until + 1_000) expect(answer).not.toBe("again");
            if (answer === "first") kept.set(each.id, now + each.keepMs);
            if (answer === "full") expect([...kept.values()].filter((end) => now < end + 1_000).length).toBeGreaterThanOrEqual(max);
          }
          expect(memory.size).toBeLessThanOrEqual(max);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("forgets nothing to make room, and has room again when time has passed", () => {
    let now = 0;
    const memory = createProofMemory({ max: 2, now: () => now });
    expect(["a", "b", "c"].map((id) => memory.note(id, 10_000))).toEqual(["first", "first", "full"]);
    expect(["a", "b"].map((id) => memory.note(id, 10_000))).toEqual(["again", "again"]);
    now = 9_999;
    expect([memory.note("c", 20_000), memory.note("a", 20_000)]).toEqual(["full", "again"]);
    now = 11_000;
    expect([memory.note("c", 20_000), memory.size]).toEqual(["first", 1]);
  });

  it("keeps what it has when the clock goes back", () => {
    let now = 100_000;
    const memory = createProofMemory({ max: 2, now: () => now });
    memory.note("a", 110_000);
    now = 50_000;
    expect(memory.note("a", 60_000)).toBe("again");
  });

  it("needs a size", () => {
    for (const max of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => createProofMemory({ max, now: Date.now })).toThrow(RangeError);
  });
});
