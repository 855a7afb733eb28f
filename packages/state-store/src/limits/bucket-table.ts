import type { RateLimit } from "../gcra.js";
import type { BucketSlot } from "./bucket-slot.js";
import type { Lease } from "./lease.js";
import { createEviction } from "./make-room.js";

/** Requests that the store has taken from the bucket for this node. */
interface HeldLease {
  left: number;
  /** When the next of them may pass, ms. */
  opensAt: number;
}

/** What a node knows of one bucket. */
export interface Bucket {
  readonly key: string;
  limit: RateLimit;
  /** Earlier ones first; and how many requests are left in them. */
  readonly leases: HeldLease[];
  granted: number;
  /** Requests that passed without a grant, not yet charged. */
  debt: number;
  /** Of them, those that the store is being told of. */
  settling: number;
  /** Requests since the last tick, refused ones included; and what is expected of a tick. */
  attempts: number;
  expected: number;
  /** When the store was last asked, ms; null before. What it said was left beyond what nodes hold, and when there would be one more. */
  askedAt: number | null;
  remaining: number;
  opensAt: number;
  /** Since when there is debt, ms. */
  owesSince: number;
  /** For counting alone: the theoretical arrival time, ms; null for a full bucket. */
  arrival: number | null;
  isActive: boolean;
  /** It had to make room: whoever still holds it asks for another. */
  gone: boolean;
}

/** The buckets of one node, in bounded memory. What is forgotten is asked for again: the store knows it. */
export class BucketTable {
  readonly #max: number;
  readonly #buckets = new Map<string, Bucket>();
  readonly #active = new Set<Bucket>();
  readonly #evict = createEviction(this.#buckets, fullInMs);

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Those that something has happened to since they came to rest. */
  active(): Iterable<Bucket> {
    return this.#active;
  }

  get(key: string, limit: RateLimit, now: number, slot?: BucketSlot): Bucket {
    let bucket = slot?.slotOwner === this ? (slot.slotHeld as Bucket) : null;
    if (bucket === null || bucket.gone) {
      bucket = this.#find(key, limit, now);
      if (slot !== undefined) {
        slot.slotOwner = this;
        slot.slotHeld = bucket;
      }
    }
    if (!isSame(bucket.limit, limit)) {
      // Another policy under the same name: what was granted under the old one counts no more.
      Object.assign(bucket, fresh(key, limit), { debt: bucket.debt, settling: bucket.settling, isActive: bucket.isActive });
    }
    if (!bucket.isActive) {
      bucket.isActive = true;
      this.#active.add(bucket);
    }
    return bucket;
  }

  #find(key: string, limit: RateLimit, now: number): Bucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    if (this.#buckets.size >= this.#max) this.#makeRoom(now);
    const bucket = fresh(key, limit);
    this.#buckets.set(key, bucket);
    return bucket;
  }

  rest(bucket: Bucket): void {
    bucket.isActive = false;
    this.#active.delete(bucket);
  }

  /** The store has come, or gone: nothing that was agreed with it counts. What was counted alone goes on. */
  forget(): void {
    for (const bucket of this.#buckets.values()) {
      Object.assign(bucket, { leases: [], granted: 0, debt: 0, settling: 0, askedAt: null });
    }
  }

  #makeRoom(now: number): void {
    const [key, bucket] = this.#evict(now) ?? [];
    if (key === undefined || bucket === undefined) return;
    bucket.gone = true;
    this.#buckets.delete(key);
    this.#active.delete(bucket);
  }
}

/** What the fleet could still let pass, as far as this node knows: what the store said, and what has come in since. */
export const leftIn = ({ askedAt, remaining, limit }: Bucket, now: number): number =>
  askedAt === null ? limit.burst : Math.min(limit.burst, remaining + ((now - askedAt) * limit.limit) / (limit.windowSeconds * 1_000));

/** As far as is known here: what was counted alone, and what the store said less what it has not been told. */
const fullInMs = (bucket: Bucket, now: number): number =>
  Math.max(bucket.arrival === null ? 0 : bucket.arrival - now, (bucket.limit.burst - leftIn(bucket, now) + bucket.debt) * intervalOf(bucket));

const isSame = (a: RateLimit, b: RateLimit): boolean =>
  a === b || (a.limit === b.limit && a.windowSeconds === b.windowSeconds && a.burst === b.burst);

const fresh = (key: string, { limit, windowSeconds, burst }: RateLimit): Bucket => ({
  key,
  limit: { limit, windowSeconds, burst },
  leases: [],
  granted: 0,
  debt: 0,
  settling: 0,
  attempts: 0,
  expected: 0,
  askedAt: null,
  remaining: 0,
  opensAt: 0,
  owesSince: 0,
  arrival: null,
  isActive: false,
  gone: false,
});

/** Takes over what the store granted. @param now when its answer came, ms */
export function hold(bucket: Bucket, { granted, opensMs, waitMs, remaining }: Lease, now: number): void {
  bucket.askedAt = now;
  bucket.debt -= bucket.settling;
  bucket.settling = 0;
  bucket.owesSince = now;
  bucket.remaining = remaining;
  bucket.opensAt = now + waitMs;
  if (granted === 0) return;
  bucket.granted += granted;
  bucket.leases.push({ left: granted, opensAt: now + opensMs });
}

/** Forgets what could have passed before this moment, ms: kept for longer it would be a burst on top of the burst. */
export function letGo(bucket: Bucket, before: number): void {
  const intervalMs = intervalOf(bucket);
  for (let first = bucket.leases[0]; first !== undefined && first.opensAt < before; first = bucket.leases[0]) {
    const gone = Math.min(first.left, Math.ceil((before - first.opensAt) / intervalMs));
    first.left -= gone;
    first.opensAt += gone * intervalMs;
    bucket.granted -= gone;
    if (first.left === 0) bucket.leases.shift();
  }
}

/** Takes the last ones of what is held. @returns how many they were, at most `most` */
export function giveBack(bucket: Bucket, most: number): number {
  let given = 0;
  for (let last = bucket.leases.at(-1); last !== undefined && given < most; last = bucket.leases.at(-1)) {
    const taken = Math.min(last.left, most - given);
    last.left -= taken;
    given += taken;
    if (last.left === 0) bucket.leases.pop();
  }
  bucket.granted -= given;
  return given;
}

const intervalOf = ({ limit: { limit, windowSeconds } }: Bucket): number => (windowSeconds * 1_000) / limit;
