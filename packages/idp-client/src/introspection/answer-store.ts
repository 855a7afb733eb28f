import type { ActiveToken } from "@sallyport/pipeline";

/** What an IdP said of a token, and until when it serves. All times are the monotonic clock's, ms, but `endsAt`. */
export type KeptAnswer =
  | {
      readonly state: "active";
      readonly token: ActiveToken;
      readonly askedAt: number;
      readonly freshUntil: number;
      /** The token's own `exp`, wall clock, ms since the epoch; infinite without one. */
      readonly endsAt: number;
      readonly weight: number;
    }
  | { readonly state: "inactive"; readonly askedAt: number; readonly freshUntil: number };

/** The answers of one IdP of one configuration, by digest of the token. */
export interface Shelf {
  get(digest: string): KeptAnswer | undefined;
  put(digest: string, answer: KeptAnswer): void;
  drop(digest: string): void;
  /** Gives everything back; a shelf that was cleared keeps nothing more. */
  close(): void;
  readonly size: number;
}

/** Answers of all IdPs within one budget of bytes. */
export interface AnswerStore {
  openShelf(): Shelf;
  readonly bytes: number;
}

const ENTRY_BYTES = 512;
/** What the pipeline makes of an active answer and keeps with it. */
const PRINCIPAL_BYTES = 1_024;
const weightOf = (answer: KeptAnswer): number => ENTRY_BYTES + (answer.state === "active" ? PRINCIPAL_BYTES + answer.weight : 0);

class AnswerShelf implements Shelf {
  /** In order of use, the least recent first. Two maps, so that made-up tokens, however many, only push each other out. */
  readonly #active = new Map<string, KeptAnswer>();
  readonly #inactive = new Map<string, KeptAnswer>();
  readonly #grown: (shelf: AnswerShelf, bytes: number) => void;
  #closed = false;
  bytes = 0;

  constructor(grown: (shelf: AnswerShelf, bytes: number) => void) {
    this.#grown = grown;
  }

  get size(): number {
    return this.#active.size + this.#inactive.size;
  }

  get(digest: string): KeptAnswer | undefined {
    const shelf = this.#active.has(digest) ? this.#active : this.#inactive;
    const answer = shelf.get(digest);
    if (answer === undefined) return undefined;
    shelf.delete(digest);
    shelf.set(digest, answer);
    return answer;
  }

  put(digest: string, answer: KeptAnswer): void {
    this.drop(digest);
    if (this.#closed) return;
    this.#mapOf(answer).set(digest, answer);
    this.#grow(weightOf(answer));
  }

  drop(digest: string): void {
    for (const map of [this.#active, this.#inactive]) {
      const answer = map.get(digest);
      if (answer === undefined) continue;
      map.delete(digest);
      this.#grow(-weightOf(answer));
    }
  }

  /** Lets the least useful answer go: what was inactive first, then the active one that was not asked for longest. */
  evictOne(): void {
    const oldest = this.#inactive.keys().next().value ?? this.#active.keys().next().value;
    if (oldest !== undefined) this.drop(oldest);
  }

  close(): void {
    this.#closed = true;
    this.#active.clear();
    this.#inactive.clear();
    this.#grow(-this.bytes);
  }

  #mapOf(answer: KeptAnswer): Map<string, KeptAnswer> {
    return answer.state === "active" ? this.#active : this.#inactive;
  }

  #grow(bytes: number): void {
    this.bytes += bytes;
    this.#grown(this, bytes);
  }
}

/**
 * Over the budget, the IdP with the most bytes gives way: one that is asked about a flood of tokens, or that answers at great length,
 * pushes out its own answers and not those of others.
 */
export function createAnswerStore({ maxBytes }: { readonly maxBytes: number }): AnswerStore {
  const shelves = new Set<AnswerShelf>();
  let bytes = 0;

  const largest = (candidate: AnswerShelf): AnswerShelf => {
    // With more than its share it is among the largest; looking through all of them is for the rare rest.
    if (candidate.bytes > maxBytes / shelves.size) return candidate;
    let found = candidate;
    for (const shelf of shelves) if (shelf.bytes > found.bytes) found = shelf;
    return found;
  };
  const grown = (shelf: AnswerShelf, by: number) => {
    bytes += by;
    if (by > 0) while (bytes > maxBytes && bytes > 0) largest(shelf).evictOne();
  };

  return {
    openShelf() {
      const shelf = new AnswerShelf(grown);
      shelves.add(shelf);
      return {
        get: (digest) => shelf.get(digest),
        put: (digest, answer) => shelf.put(digest, answer),
        drop: (digest) => shelf.drop(digest),
        close() {
          shelves.delete(shelf);
          shelf.close();
        },
        get size() {
          return shelf.size;
        },
      };
    },
    get bytes() {
      return bytes;
    },
  };
}
