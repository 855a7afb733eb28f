import type { LimitPressed } from "@sallyport/pipeline";
import type { LimitKey, PressedKey } from "@sallyport/snapshot/protocol";

/** Who comes close to the limits and goes over them, in bounded memory. */
export interface PressedKeys {
  /** An increment for a key that is known; requests that come near no limit never get here. Never throws. */
  note(pressed: LimitPressed): void;
  /** The keys with the most of such requests, of each policy, since the last call. */
  take(): PressedKey[];
}

/** Policies that are looked at between two reports, keys that are counted of each, and those that are told of. */
export const MAX_POLICIES = 200;
export const MAX_KEYS = 64;
export const TOLD_KEYS = 20;

interface Counter {
  readonly key: LimitKey;
  over: number;
  near: number;
  /** What was counted of the key that it took the place of: so many of its own may have come before. */
  readonly unseen: number;
}

const sizeOf = ({ over, near, unseen }: Counter): number => over + near + unseen;

/**
 * Space-Saving (Metwally, Agrawal, El Abbadi 2005): a key that is not among those counted takes the place of the smallest, and its size as
 * what may have been missed. Of n requests every key with more than n / MAX_KEYS is among them.
 */
export function createPressedKeys(): PressedKeys {
  let policies = new Map<string, Map<string, Counter>>();

  const smallestOf = (counters: ReadonlyMap<string, Counter>): [string, number] => {
    let found = "";
    let size = Number.POSITIVE_INFINITY;
    for (const [bucket, counter] of counters) {
      const its = sizeOf(counter);
      if (its < size) {
        found = bucket;
        size = its;
      }
      if (size === 1) break;
    }
    return [found, size];
  };

  return {
    note({ limit, bucket, exceeded, keyOf }) {
      // `fleet/name` or `tenants/acme/name`, whoever has other numbers.
      const mark = limit.bucketPrefix.indexOf("|");
      const policy = mark < 0 ? limit.bucketPrefix : limit.bucketPrefix.slice(0, mark);
      let counters = policies.get(policy);
      if (counters === undefined) {
        if (policies.size >= MAX_POLICIES) return;
        counters = new Map();
        policies.set(policy, counters);
      }
      let counter = counters.get(bucket);
      if (counter === undefined) {
        let unseen = 0;
        if (counters.size >= MAX_KEYS) {
          const [smallest, size] = smallestOf(counters);
          counters.delete(smallest);
          unseen = size;
        }
        counter = { key: keyOf(), over: 0, near: 0, unseen };
        counters.set(bucket, counter);
      }
      if (exceeded) counter.over += 1;
      else counter.near += 1;
    },
    take() {
      const taken = policies;
      policies = new Map();
      return [...taken].flatMap(([scope, counters]) => {
        const [owner, ...names] = scope.split("/");
        const [tenant, policy] = owner === "fleet" ? [null, names[0]] : [names[0] ?? null, names[1]];
        if (policy === undefined) return [];
        const most = [...counters.values()].sort((a, b) => sizeOf(b) - sizeOf(a)).slice(0, TOLD_KEYS);
        return most.map(({ key, over, near, unseen }) => ({ tenant, policy, key, over, near, unseen }));
      });
    },
  };
}
