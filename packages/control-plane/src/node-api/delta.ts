import type { Manifest, SectionName } from "@sallyport/snapshot";

/** What turns one manifest into another. */
export interface Delta {
  /** Names to fetch, with the hash that each must have. */
  readonly changed: readonly (readonly [SectionName, string])[];
  readonly removed: readonly SectionName[];
}

/** @param base what the node runs; null when it has nothing that is known here, and everything must be sent */
export function deltaOf(base: Manifest | null, target: Manifest): Delta {
  const changed = Object.entries(target).filter(([name, hash]) => base?.[name] !== hash);
  const removed = base === null ? [] : Object.keys(base).filter((name) => target[name] === undefined);
  return { changed, removed };
}
