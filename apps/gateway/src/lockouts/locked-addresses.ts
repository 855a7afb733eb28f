import type { Lockouts } from "@sallyport/pipeline";
import type { LockoutKey } from "@sallyport/state-store";

/** About 150 bytes each. More than a store keeps. */
const MAX_LOCKED = 50_000;

/** Who is locked out, in the node's memory: what requests are held against. */
export interface LockedAddresses extends Lockouts {
  lock(key: LockoutKey, forMs: number): void;
  unlock(key: LockoutKey): void;
  forgetEnded(): void;
  readonly size: number;
}

/** Neither a slug nor an address has a blank; the username, of any text, comes last. */
export const nameOf = ({ tenant, address, username }: LockoutKey): string =>
  username === null ? `${tenant} ${address}` : `${tenant} ${address} ${username}`;

/** @param clock monotonic ms */
export function createLockedAddresses(clock: { now(): number }): LockedAddresses {
  /** When each lockout ends, monotonic ms. */
  const locked = new Map<string, number>();
  return {
    get any() {
      return locked.size > 0;
    },
    get size() {
      return locked.size;
    },
    remainingMs(tenant, address, username) {
      const until = locked.get(nameOf({ tenant, address, username }));
      return until === undefined ? 0 : Math.max(0, until - clock.now());
    },
    lock(key, forMs) {
      const name = nameOf(key);
      locked.delete(name);
      locked.set(name, clock.now() + forMs);
      if (locked.size <= MAX_LOCKED) return;
      const first = locked.keys().next();
      if (first.done !== true) locked.delete(first.value);
    },
    unlock: (key) => void locked.delete(nameOf(key)),
    forgetEnded() {
      const now = clock.now();
      for (const [name, until] of locked) if (until <= now) locked.delete(name);
    },
  };
}
