import type { LockoutKey, LockoutStore } from "@sallyport/state-store";
import { nameOf } from "../lockouts/locked-addresses.js";

/** From where people have signed in: the store knows, and a node of what it saw itself. */
export interface KnownPlaces {
  /** Somebody signed in. Never waits. */
  note(key: LockoutKey): void;
  /** Whether somebody did before. False while nobody can say. */
  has(key: LockoutKey): Promise<boolean>;
}

const MAX_KNOWN = 20_000;
/** A place is written to the store once in this time, ms. */
const AGAIN_MS = 3_600_000;

/** @param clock monotonic ms */
export function createKnownPlaces({ store, clock }: { readonly store: LockoutStore | null; readonly clock: { now(): number } }): KnownPlaces {
  /** When each was written last. */
  const known = new Map<string, number>();
  const forget = (name: string): void => void known.delete(name);
  return {
    note(key) {
      const name = nameOf(key);
      const now = clock.now();
      const writtenAt = known.get(name);
      if (writtenAt !== undefined && now - writtenAt < AGAIN_MS) return;
      known.delete(name);
      known.set(name, now);
      const first = known.size > MAX_KNOWN ? known.keys().next() : null;
      if (first?.done === false) known.delete(first.value);
      // What could not be written is, with the next success from there.
      store?.succeed(key).catch(() => forget(name));
    },
    async has(key) {
      if (known.has(nameOf(key))) return true;
      return store === null ? false : store.hasSucceeded(key).catch(() => false);
    },
  };
}
