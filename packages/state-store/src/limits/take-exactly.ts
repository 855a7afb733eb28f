import type { GcraResult, RateLimit } from "../gcra.js";
import type { LimitStore } from "./lease.js";

/**
 * Takes one request from a bucket by asking the store, for limits of security's own: few requests, small numbers, and no
 * share of a node's to guess. Such a bucket is nobody's to lease from.
 * @throws StateStoreUnavailable
 */
export async function takeExactly(store: LimitStore, key: string, limit: RateLimit): Promise<Omit<GcraResult, "state">> {
  const [lease] = await store.lease([{ ...limit, key, used: 0, usedSinceMs: 0, returned: 0, want: 1 }], { horizonMs: 0, nodes: 1 });
  const { granted = 0, remaining = 0, waitMs = 0 } = lease ?? {};
  const left = Math.max(0, Math.floor(remaining));
  return granted === 1
    ? { allowed: true, remaining: left, retryAfterSeconds: 0 }
    : { allowed: false, remaining: 0, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
}
