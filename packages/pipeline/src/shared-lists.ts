import { exact } from "./exact.js";

/** More different lists than this, or longer ones as text, stay what they are. */
const MOST = 1_000;
const MOST_CHARACTERS = 512;

/**
 * One list of texts for all that are equal: among ten thousand tenants that were made alike, what they share stays in the CPU's near caches,
 * and what each has for itself is a read from memory.
 */
export function createSharedLists<T extends string>(): (list: readonly T[]) => readonly T[] {
  const lists = new Map<string, readonly T[]>();
  return (list) => {
    const key = JSON.stringify(list);
    const shared = lists.get(key) ?? exact(list);
    if (lists.size < MOST && key.length <= MOST_CHARACTERS) lists.set(key, shared);
    return shared;
  };
}
