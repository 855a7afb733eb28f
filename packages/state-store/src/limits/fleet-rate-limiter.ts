import { type GcraResult, gcra, type RateLimit } from "../gcra.js";
import type { LocalRateLimiter } from "../local-rate-limiter.js";
import type { BucketSlot } from "./bucket-slot.js";
import { type Bucket, BucketTable, giveBack, hold, leftIn, letGo } from "./bucket-table.js";
import type { LeaseRequest, LimitStore } from "./lease.js";

/** Counts across the nodes that share a store, and within this one while the store is away. */
export interface FleetRateLimiter extends LocalRateLimiter {
  /** False while each node counts by itself, with its share. */
  readonly shared: boolean;
  /** Nodes that count together, as far as is known. */
  readonly nodes: number;
  close(): void;
}

export interface FleetRateLimiterOptions {
  readonly store: LimitStore;
  /** This node's name among those that count together. */
  readonly node: string;
  /** Monotonic ms. */
  readonly clock: { now(): number };
  readonly maxBuckets?: number;
  /** `setInterval`, unless a test has a clock of its own. @returns ends it */
  readonly setTimer?: (callback: () => void, ms: number) => () => void;
}

/** Between two conversations with the store. */
const TICK_MS = 25;
/** A node holds what it expects to need, and at most what opens, in two conversations' time: never less than this, nor more than that. */
const MIN_HORIZON_MS = 50;
const MAX_HORIZON_MS = 250;
/** What a conversation takes is expected of the next one to this part, when it took less. */
const STEADYING = 0.9;
/** So long an answer of the store may take before a node counts by itself. */
const PATIENCE_MS = 150;
/** What passed without a grant is settled after this at the latest. */
const SETTLE_MS = 1_000;
/** Between two notes of presence; and after how much silence a node counts no more. */
const PRESENCE_MS = 1_000;
const SILENT_MS = 5_000;
/** Buckets in one conversation. */
const BATCH = 1_000;
/** Below so many times what all nodes would need at this node's pace a bucket is scarce: requests are taken from it in advance. */
const SCARCE = 4;
/** What sums of doubles lose, as a share of one request. */
const ROUNDING = 1e-6;
/** What was expected of a tick is expected of the next one to this part, when fewer came. */
const FADING = 0.5;

const repeat = (callback: () => void, ms: number): (() => void) => {
  const timer = setInterval(callback, ms);
  timer.unref();
  return () => clearInterval(timer);
};

const allowed = (remaining: number): GcraResult => ({ allowed: true, remaining, retryAfterSeconds: 0, state: 0 });

/**
 * Exact across nodes without a question on the way of a request. A node holds a lease: requests that the store has already taken from the
 * bucket for it. It asks for the next one in the background, many buckets in one call, and gives back what it did not need. What passed
 * before the first lease came, or while one was late, is at most this node's share of the burst, and is charged: over any longer time the
 * fleet lets pass what the policy says.
 */
export function createFleetRateLimiter({ store, node, clock, maxBuckets = 200_000, setTimer = repeat }: FleetRateLimiterOptions): FleetRateLimiter {
  const table = new BucketTable(maxBuckets);
  let nodes = 1;
  let shared = true;
  let askingSince: number | null = null;
  /** From one conversation to the next, ms, as it has been lately; and when the last one began. */
  let paceMs = TICK_MS;
  let settledAt = clock.now();
  let noting = false;
  let closed = false;

  /** One node's share while nobody can be asked: together no more than the policy, as long as the nodes are those that were last seen. */
  const shareOf = ({ limit, windowSeconds, burst }: RateLimit): RateLimit => ({
    limit: limit / nodes,
    windowSeconds,
    burst: Math.max(1, burst / nodes),
  });

  const alone = (bucket: Bucket, now: number, limit: RateLimit): GcraResult => {
    const result = gcra(bucket.arrival, now, shareOf(limit));
    bucket.arrival = result.state;
    return result;
  };

  const refuse = (now: number, opensAt: number): GcraResult => ({
    allowed: false,
    remaining: 0,
    retryAfterSeconds: Math.max(1, Math.ceil((opensAt - now) / 1_000)),
    state: 0,
  });

  /** Without a grant: this node's share of what is left, and one in any case as long as there is one. */
  const borrow = (bucket: Bucket, now: number): GcraResult => {
    const left = leftIn(bucket, now) - bucket.debt;
    if (left < 1 - ROUNDING || bucket.debt + 1 > Math.max(1, (left + bucket.debt) / nodes)) return refuse(now, bucket.opensAt);
    if (bucket.debt === 0) bucket.owesSince = now;
    bucket.debt += 1;
    return allowed(Math.max(0, Math.floor(left - 1)));
  };

  const take = (key: string, limit: RateLimit, slot?: BucketSlot): GcraResult => {
    const now = clock.now();
    const bucket = table.get(key, limit, now, slot);
    bucket.attempts += 1;
    if (!shared || (askingSince !== null && now - askingSince > PATIENCE_MS)) return alone(bucket, now, limit);
    const lease = bucket.leases[0];
    if (lease === undefined) return borrow(bucket, now);
    if (now < lease.opensAt) return refuse(now, lease.opensAt);
    lease.left -= 1;
    lease.opensAt += (limit.windowSeconds * 1_000) / limit.limit;
    if (lease.left === 0) bucket.leases.shift();
    bucket.granted -= 1;
    return allowed(bucket.granted + Math.max(0, Math.floor(bucket.remaining)));
  };

  const horizonMs = (): number => Math.min(MAX_HORIZON_MS, Math.max(MIN_HORIZON_MS, 2 * paceMs));

  /** Whole requests that a bucket is expected to need in that time. */
  const needOf = ({ expected }: Bucket): number => Math.ceil((expected * horizonMs()) / paceMs);

  const isScarce = (bucket: Bucket, now: number): boolean =>
    bucket.askedAt !== null && leftIn(bucket, now) - bucket.debt < needOf(bucket) * nodes * SCARCE;

  const isDue = (bucket: Bucket, now: number): boolean => {
    if (bucket.debt > 0 && (bucket.debt >= leftIn(bucket, now) / 8 || now - bucket.owesSince >= SETTLE_MS)) return true;
    const need = needOf(bucket);
    if (bucket.granted > need) return true;
    return bucket.expected > 0 && bucket.granted < need && isScarce(bucket, now);
  };

  const askFor = (bucket: Bucket, now: number): LeaseRequest => {
    const aim = bucket.expected > 0 && isScarce(bucket, now) ? needOf(bucket) : 0;
    const returned = giveBack(bucket, bucket.granted - aim);
    bucket.settling = bucket.debt;
    const usedSinceMs = bucket.debt > 0 ? now - bucket.owesSince : 0;
    return { ...bucket.limit, key: bucket.key, used: bucket.debt, usedSinceMs, returned, want: Math.max(0, aim - bucket.granted) };
  };

  const settle = async (): Promise<void> => {
    const now = clock.now();
    paceMs = Math.max(TICK_MS, now - settledAt, paceMs * STEADYING);
    settledAt = now;
    const due: Bucket[] = [];
    for (const bucket of table.active()) {
      bucket.expected = bucket.attempts === 0 ? 0 : Math.max(bucket.attempts, bucket.expected * FADING);
      if (due.length < BATCH && isDue(bucket, now)) due.push(bucket);
      bucket.attempts = 0;
      letGo(bucket, now - 2 * horizonMs());
      if (bucket.expected === 0 && bucket.granted === 0 && bucket.debt === 0) table.rest(bucket);
    }
    if (due.length === 0) return;
    const leases = await store.lease(
      due.map((bucket) => askFor(bucket, now)),
      { horizonMs: horizonMs(), nodes },
    );
    const then = clock.now();
    due.forEach((bucket, index) => {
      const lease = leases[index];
      if (lease !== undefined) hold(bucket, lease, then);
    });
  };

  const note = async (): Promise<void> => {
    nodes = Math.max(1, await store.present(node, SILENT_MS));
    if (shared) return;
    shared = true;
    table.forget();
  };

  const away = (): void => {
    if (!shared) return;
    shared = false;
    table.forget();
  };

  const tick = (): void => {
    if (askingSince !== null || closed || !shared) return;
    askingSince = clock.now();
    settle()
      .catch(away)
      .finally(() => {
        askingSince = null;
      });
  };
  const greet = (): void => {
    if (noting || closed) return;
    noting = true;
    note()
      .catch(away)
      .finally(() => {
        noting = false;
      });
  };
  greet();
  const stops = [setTimer(tick, TICK_MS), setTimer(greet, PRESENCE_MS)];

  return {
    take,
    size: () => table.size,
    get shared() {
      return shared;
    },
    get nodes() {
      return nodes;
    },
    close() {
      closed = true;
      for (const stop of stops) stop();
    },
  };
}
