import type { VerifiedTokenCache } from "@sallyport/pipeline";

interface Entry {
  /** Whose it is: another owner's entry of the same digest is another entry. */
  readonly owner: string;
  readonly digest: string;
  value: unknown;
  /** Asked for since the hand last came by. */
  visited: boolean;
  /** Under the same digest, of other owners: almost always none. */
  sibling: Entry | null;
  newer: Entry | null;
  older: Entry | null;
}

/**
 * Holds at most `max` verified tokens and evicts by SIEVE (Zhang et al., NSDI 2024): a hand goes from the oldest entry to the
 * newest and takes out the first that nobody asked for again. Tokens that are seen once, however many, leave the used ones in place.
 * A hit writes one bit, and makes no text of owner and digest.
 * @throws RangeError when `max` is not a positive whole number
 */
export function createVerifiedTokenCache({ max }: { readonly max: number }): VerifiedTokenCache & { readonly size: number } {
  if (!Number.isSafeInteger(max) || max < 1) throw new RangeError("max must be a positive whole number");
  return new SieveCache(max);
}

class SieveCache implements VerifiedTokenCache {
  readonly #max: number;
  readonly #byDigest = new Map<string, Entry>();
  #size = 0;
  #newest: Entry | null = null;
  #oldest: Entry | null = null;
  #hand: Entry | null = null;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#size;
  }

  get(owner: string, digest: string): unknown {
    const entry = this.#find(owner, digest);
    if (entry === null) return undefined;
    entry.visited = true;
    return entry.value;
  }

  set(owner: string, digest: string, value: unknown): void {
    const known = this.#find(owner, digest);
    if (known !== null) {
      known.value = value;
      return;
    }
    if (this.#size >= this.#max) this.#evict();
    const sibling = this.#byDigest.get(digest) ?? null;
    const entry: Entry = { owner, digest, value, visited: false, sibling, newer: null, older: this.#newest };
    if (this.#newest !== null) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
    this.#byDigest.set(digest, entry);
    this.#size += 1;
  }

  #find(owner: string, digest: string): Entry | null {
    let entry = this.#byDigest.get(digest) ?? null;
    while (entry !== null && entry.owner !== owner) entry = entry.sibling;
    return entry;
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
    this.#unindex(entry);
    this.#size -= 1;
    // A dead entry that still names its neighbours keeps them alive with it, one after the other, until the next full collection.
    entry.newer = null;
    entry.older = null;
    entry.sibling = null;
  }

  #unindex(gone: Entry): void {
    const first = this.#byDigest.get(gone.digest);
    if (first === gone) {
      if (gone.sibling === null) this.#byDigest.delete(gone.digest);
      else this.#byDigest.set(gone.digest, gone.sibling);
      return;
    }
    let before = first;
    while (before !== undefined && before.sibling !== gone) before = before.sibling ?? undefined;
    if (before !== undefined) before.sibling = gone.sibling;
  }
}
