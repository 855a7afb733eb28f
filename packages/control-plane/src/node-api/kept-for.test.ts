import { expect, it } from "vitest";
import { keptFor } from "./kept-for.js";

it("reads once for all that ask within the time, and anew after it or after a failure", async () => {
  let now = 0;
  let reads = 0;
  let fails = false;
  const look = keptFor(1_000, { now: () => now }, async () => {
    reads += 1;
    if (fails) throw new Error("away");
    return reads;
  });
  expect(await Promise.all([look(), look(), look()])).toEqual([1, 1, 1]);
  now = 999;
  expect(await look()).toBe(1);
  now = 1_000;
  fails = true;
  await expect(Promise.all([look(), look()])).rejects.toThrow("away");
  fails = false;
  expect(await look()).toBe(3);
});
