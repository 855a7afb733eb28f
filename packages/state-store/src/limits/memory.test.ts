import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { createLocalRateLimiter } from "../local-rate-limiter.js";
import { createFleetRateLimiter } from "./fleet-rate-limiter.js";
import type { LimitStore } from "./lease.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const heapMiB = (): number => {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

const KEYS = 1_000_000;
const MAX_BUCKETS = 300_000;
const LOGIN = { limit: 10, windowSeconds: 60, burst: 5 };
const clock = { now: () => performance.now() };
/** It takes note of nothing: what is measured is the node's memory. */
const store: LimitStore = {
  lease: async (requests) => requests.map(() => ({ granted: 0, opensMs: 0, waitMs: 0, remaining: 4 })),
  present: async () => 3,
};

describe("a million keys, each sent once", () => {
  it.each([
    // What docs/rate-limits.md says, and a tenth for other versions of Node.
    ["a node by itself", () => ({ ...createLocalRateLimiter({ clock, maxBuckets: MAX_BUCKETS }), close: () => undefined }), 100],
    ["nodes that count together", () => createFleetRateLimiter({ store, node: "n", clock, maxBuckets: MAX_BUCKETS }), 180],
  ] as const)(
    "stay within the memory of 300,000 buckets, at %s",
    (_, create, mostMiB) => {
      const before = heapMiB();
      const limiter = create();
      for (let key = 0; key < KEYS; key += 1) limiter.take(`fleet/login-address|ip=198.${key >> 16}.${(key >> 8) & 255}.${key & 255}`, LOGIN);
      const taken = heapMiB() - before;
      expect(limiter.size()).toBe(MAX_BUCKETS);
      expect(taken).toBeLessThan(mostMiB);
      limiter.close();
    },
    60_000,
  );
});
