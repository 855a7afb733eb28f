import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batched } from "./batches.js";

const turn = (): Promise<void> => new Promise(setImmediate);

describe("work of many, done together", () => {
  it("gives each caller its own result, in at most as many batches as it must", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer(), { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 20 }), async (items, most) => {
        const sizes: number[] = [];
        const double = batched(async (batch: readonly number[]) => {
          sizes.push(batch.length);
          await turn();
          return batch.map((item) => item * 2);
        }, most);
        expect(await Promise.all(items.map(double))).toEqual(items.map((item) => item * 2));
        expect(sizes).toHaveLength(Math.ceil(items.length / most));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
      }),
    );
  });

  it("takes what comes while a batch is under way into the next one, and none twice", async () => {
    const seen: number[][] = [];
    const same = batched(async (batch: readonly number[]) => {
      seen.push([...batch]);
      await turn();
      await turn();
      return batch;
    });
    const first = same(1);
    await turn();
    expect(await Promise.all([first, same(2), same(3)])).toEqual([1, 2, 3]);
    await same(4);
    expect(seen).toEqual([[1], [2, 3], [4]]);
  });

  it("fails only those whose own item fails", async () => {
    const picky = batched(async (batch: readonly number[]) => {
      if (batch.some((item) => item < 0)) throw new RangeError("negative");
      return batch;
    });
    const results = await Promise.allSettled([1, -1, 2].map(picky));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("does not try a large batch again item by item: the fault is not one item's", async () => {
    let runs = 0;
    const away = batched(async () => {
      runs += 1;
      throw new Error("the database is away");
    });
    const results = await Promise.allSettled(Array.from({ length: 200 }, (_, index) => away(index)));
    expect(results.every(({ status }) => status === "rejected")).toBe(true);
    expect(runs).toBe(1);
  });
});
