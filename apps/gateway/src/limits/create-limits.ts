import { randomUUID } from "node:crypto";
import type { RateLimiter } from "@sallyport/pipeline";
import { createFleetRateLimiter, createLocalRateLimiter, type StateStore } from "@sallyport/state-store";
import type { Problems } from "../problems.js";

/** How limits are counted at this moment. */
export interface LimitsState {
  /** With the other nodes, through the state store; or by this node alone: because there is no store, or because it is away. */
  readonly counting: "fleet" | "node" | "node, store away";
  /** Nodes that count together. */
  readonly nodes: number;
  readonly buckets: number;
}

export interface Limits extends RateLimiter {
  state(): LimitsState;
  close(): void;
}

export interface LimitsDeps {
  /** Null on a node without one. */
  readonly store: StateStore | null;
  readonly clock: { monotonic(): number };
  readonly problems: Problems;
}

/** About 310 bytes each when a node counts alone, 570 when it counts with others: 90 and 160 MiB at most (docs/rate-limits.md). */
const MAX_BUCKETS = 300_000;
const LOOK_EVERY_MS = 1_000;

/** BEHAVIOUR §5: limits hold across the nodes that share a store; those that say so, and all without a store, at each node by itself. */
export function createLimits({ store, clock, problems }: LimitsDeps): Limits {
  const time = { now: clock.monotonic };
  const local = createLocalRateLimiter({ clock: time, maxBuckets: MAX_BUCKETS });
  if (store === null)
    return {
      take: (key, limit, slot) => local.take(key, limit, slot),
      state: () => ({ counting: "node", nodes: 1, buckets: local.size() }),
      close: () => undefined,
    };
  // A name for this life of the node: two processes are two, whatever they are called.
  const fleet = createFleetRateLimiter({ store: store.limits, node: randomUUID(), clock: time, maxBuckets: MAX_BUCKETS });
  const look = (): void => {
    if (fleet.shared) problems.clear("limits");
    else problems.report("limits", `rate limits count at this node alone, each with 1/${fleet.nodes} of its size: the state store is away`);
  };
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return {
    take: (key, limit, slot) => (limit.scope === "node" ? local.take(key, limit, slot) : fleet.take(key, limit, slot)),
    state: () => ({ counting: fleet.shared ? "fleet" : "node, store away", nodes: fleet.nodes, buckets: local.size() + fleet.size() }),
    close() {
      clearInterval(timer);
      fleet.close();
    },
  };
}
