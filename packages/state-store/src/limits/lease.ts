import type { RateLimit } from "../gcra.js";

/** What one node says of one bucket since it last asked, and what it expects to need until it asks again. */
export interface LeaseRequest extends RateLimit {
  /** Of the bucket; begins with the policy's scope and name. */
  readonly key: string;
  /** Requests that passed without a grant: they are charged, whatever is left. */
  readonly used: number;
  /** Since the first of these passed, ms: they count from then, or what came in meanwhile would be lost to a bucket that was full. */
  readonly usedSinceMs: number;
  /** Granted before and not needed. */
  readonly returned: number;
  /** Whole requests, at most. */
  readonly want: number;
}

export interface Lease {
  /** Requests that this node may let pass without asking, at most what it wanted. */
  readonly granted: number;
  /** When the first of them may pass, ms from now, and the others one interval after the other; negative for what could have passed before. */
  readonly opensMs: number;
  /** Until one more would be granted, ms; 0 when one would be now. */
  readonly waitMs: number;
  /** What the whole fleet could still let pass at this moment, beyond what nodes hold; with its fraction, and negative while there is debt. */
  readonly remaining: number;
}

export interface LeaseTerms {
  /** A node may hold what opens within this time, ms. */
  readonly horizonMs: number;
  /** Nodes that count together: of what could pass at once each gets its share, because the others may have let pass what they have not told yet. */
  readonly nodes: number;
}

/** Buckets of limits that hold across the nodes. Time is the store's. Every method throws StateStoreUnavailable. */
export interface LimitStore {
  /**
   * Settles and grants, each bucket as one step.
   * @returns in the order of the requests
   */
  lease(requests: readonly LeaseRequest[], terms: LeaseTerms): Promise<readonly Lease[]>;
  /** Notes that a node counts here. @returns how many do, this one included; one that was silent for `silentMs` does not */
  present(node: string, silentMs: number): Promise<number>;
}

/** What sums of doubles lose, as a share of one request. */
const ROUNDING = 1e-6;

/**
 * One lease, as every store must do it: the generic cell rate algorithm over a bucket from which requests are taken by the handful. The
 * scripts of the stores are held to this function by their tests.
 * @param state theoretical arrival time of the next request, ms on the store's clock; null for a full bucket
 */
export function leaseFrom(
  state: number | null,
  nowMs: number,
  { limit, windowSeconds, burst, used, usedSinceMs, returned, want }: Omit<LeaseRequest, "key">,
  { horizonMs, nodes }: LeaseTerms,
): { readonly state: number; readonly lease: Lease } {
  const intervalMs = (windowSeconds * 1_000) / limit;
  const toleranceMs = burst * intervalMs;
  // A state from wider settings, or from more debt than nodes may make, is narrowed: nobody waits for a bucket that no longer is.
  const latest = nowMs + 2 * toleranceMs + horizonMs;
  const known = Math.max(state ?? 0, nowMs - (used > 0 ? usedSinceMs : 0));
  const settled = Math.min(Math.max(known + (used - returned) * intervalMs, nowMs), latest);
  const open = Math.floor((nowMs + toleranceMs - settled) / intervalMs + ROUNDING);
  const free = open > 0 ? Math.max(1, Math.floor(open / nodes)) : Math.floor((nowMs + toleranceMs + horizonMs - settled) / intervalMs + ROUNDING);
  const granted = Math.max(0, Math.min(want, free));
  const next = settled + granted * intervalMs;
  return {
    state: next,
    lease: {
      granted,
      opensMs: settled + intervalMs - toleranceMs - nowMs,
      waitMs: Math.max(0, next + intervalMs - nowMs - toleranceMs),
      remaining: (nowMs + toleranceMs - next) / intervalMs,
    },
  };
}
