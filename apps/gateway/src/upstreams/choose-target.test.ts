import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseTarget } from "./choose-target.js";

interface Made {
  readonly name: string;
  weight: number;
  inFlight: number;
  credit: number;
}
const targets = (...weights: number[]): Made[] => weights.map((weight, index) => ({ name: "abcdefgh"[index] ?? "", weight, inFlight: 0, credit: 0 }));
const all = (): boolean => true;

describe("the choice of a target", () => {
  it("takes the one with the fewest requests under way for its weight", () => {
    const [a, b, c] = targets(1, 1, 4) as [Made, Made, Made];
    Object.assign(a, { inFlight: 2 });
    Object.assign(b, { inFlight: 1 });
    Object.assign(c, { inFlight: 3 });
    expect(chooseTarget([a, b, c], all)).toBe(c);
    c.inFlight = 5;
    expect(chooseTarget([a, b, c], all)).toBe(b);
  });

  it("lets equals take turns by weight, smoothly, also one request at a time", () => {
    const list = targets(3, 1);
    const names = Array.from({ length: 8 }, () => chooseTarget(list, all)?.name).join("");
    expect(names).toBe("aabaaaba");
  });

  it("chooses nobody who may not be chosen", () => {
    const list = targets(1, 1, 1);
    expect(chooseTarget(list, () => false)).toBeNull();
    for (let count = 0; count < 9; count += 1) expect(chooseTarget(list, ({ name }) => name === "b")?.name).toBe("b");
  });

  it("shares any number of requests that stay by weight, to within one for each target, and its credits stay bounded", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 500 }),
        (weights, requests) => {
          const list = targets(...weights);
          for (let count = 0; count < requests; count += 1) {
            const chosen = chooseTarget(list, all);
            if (chosen !== null) chosen.inFlight += 1;
          }
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          expect(list.reduce((sum, { inFlight }) => sum + inFlight, 0)).toBe(requests);
          for (const { inFlight, weight, credit } of list) {
            expect(Math.abs(inFlight - (requests * weight) / total)).toBeLessThanOrEqual(list.length);
            expect(Math.abs(credit)).toBeLessThanOrEqual(total * list.length);
          }
        },
      ),
    );
  });
});
