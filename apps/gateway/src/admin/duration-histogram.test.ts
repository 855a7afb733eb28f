import { Histogram, Registry } from "prom-client";
import { expect, it } from "vitest";
import { DurationHistogram } from "./duration-histogram.js";

const shape = { name: "took_seconds", help: "How long it took", buckets: [0.001, 0.01, 0.1] };
const SECONDS = [0, 0.001, 0.0011, 0.05, 0.1, 0.5, 3];

it("says of the same observations what prom-client's histogram says", async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const counted = new DurationHistogram({ ...shape, registers: [ours] });
  const observed = new Histogram({ ...shape, registers: [theirs] });
  for (const seconds of SECONDS) {
    counted.record(seconds);
    observed.observe(seconds);
  }
  expect(await ours.metrics()).toBe(await theirs.metrics());
});

it("has its series before the first observation", async () => {
  const registry = new Registry();
  new DurationHistogram({ ...shape, registers: [registry] });
  expect(await registry.metrics()).toContain('took_seconds_bucket{le="+Inf"} 0');
});
