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
  const keep = (name: string): void => {
    known.delete(name);
    known.set(name, clock.now());
    const first = known.size > MAX_KNOWN ? known.keys().next() : null;
    if (first?.done === false) known.delete(first.value);
  };
  const forget = (name: string): void => void known.delete(name);
  return {
    note(key) {
      const name = nameOf(key);
      const writtenAt = known.get(name);
      if (writtenAt !== undefined && clock.now() - writtenAt < AGAIN_MS) return;
      keep(name);
      // What could not be written is, with the next success from there.
      store?.succeed(key).catch(() => forget(name));
    },
    async has(key) {
      const name = nameOf(key);
      if (known.has(name)) return true;
      const has = store === null ? false : await store.hasSucceeded(key).catch(() => false);
      if (has) keep(name);
      return has;
    },
  };
}
