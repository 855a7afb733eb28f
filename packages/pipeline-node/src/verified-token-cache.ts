import type { VerifiedTokenCache } from "@sallyport/pipeline";

interface Entry {
  readonly key: string;
  value: unknown;
  /** Asked for since the hand last came by. */
  visited: boolean;
  newer: Entry | null;
  older: Entry | null;
}

/**
 * Holds at most `max` verified tokens and evicts by SIEVE (Zhang et al., NSDI 2024): a hand goes from the oldest entry to the
 * newest and takes out the first that nobody asked for again. Tokens that are seen once, however many, leave the used ones in place.
 * A hit writes one bit.
 * @throws RangeError when `max` is not a positive whole number
 */
export function createVerifiedTokenCache({ max }: { readonly max: number }): VerifiedTokenCache & { readonly size: number } {
  if (!Number.isSafeInteger(max) || max < 1) throw new RangeError("max must be a positive whole number");
  return new SieveCache(max);
}

class SieveCache implements VerifiedTokenCache {
  readonly #max: number;
  readonly #entries = new Map<string, Entry>();
  #newest: Entry | null = null;
  #oldest: Entry | null = null;
  #hand: Entry | null = null;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): unknown {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.visited = true;
    return entry.value;
  }

  set(key: string, value: unknown): void {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.value = value;
      return;
    }
    if (this.#entries.size >= this.#max) this.#evict();
    const entry: Entry = { key, value, visited: false, newer: null, older: this.#newest };
    if (this.#newest !== null) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
    this.#entries.set(key, entry);
  }

  #evict(): void {
    let entry = this.#hand ?? this.#oldest;
    while (entry?.visited === true) {
      entry.visited = false;
      entry = entry.newer ?? this.#oldest;
    }
    if (entry === null) return;
    this.#hand = entry.newer;
    if (entry.newer === null) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === null) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    this.#entries.delete(entry.key);
    // A dead entry that still names its neighbours keeps them alive with it, one after the other, until the next full collection.
    entry.newer = null;
    entry.older = null;
  }
}
