/** Of the first request that is held, ms; twice as long for each that follows. */
const FIRST_MS = 250;
const LONGEST_MS = 4_000;
/** Requests that a node holds at one time, of each kind; those whose body was read have at most 64 KiB. */
const MAX_HELD = 1_000;
const MAX_REMEMBERED = 10_000;

/** What becomes of a request: it went on after a while, its client went away meanwhile, or there is no room to hold it. */
type Held = "went_on" | "gone" | "no_room";

/** What a request waits for. */
interface SlowedRequest {
  /** Whoever is slowed down: each of its requests waits longer than the one before. */
  readonly of: string;
  /** Where it comes from, and how many may wait from there at one time. */
  readonly place: string;
  readonly most: number;
}

export interface SlowDown {
  /** Holds a request. @param onGone calls back when the client goes away */
  hold(request: SlowedRequest, onGone: (callback: () => void) => void): Promise<Held>;
  /** It is slowed down no more: the next time begins with the shortest wait. */
  forget(of: string): void;
}

interface SlowDownOptions {
  /** Monotonic ms. */
  readonly clock: { now(): number };
  /** After so long without a request that was held, the next one begins with the shortest wait, ms; left out: only once it is forgotten. */
  readonly quietMs?: number;
}

/** Progressive delay: requests wait, longer and longer, and each for itself. Who waits takes nobody's turn. */
export function createSlowDown({ clock, quietMs = Number.POSITIVE_INFINITY }: SlowDownOptions): SlowDown {
  const seen = new Map<string, { readonly times: number; readonly at: number }>();
  const held = new Map<string, number>();
  let count = 0;

  /** How often it was held before, and once more from now on. */
  const timesBefore = (of: string): number => {
    const now = clock.now();
    const last = seen.get(of);
    const before = last === undefined || now - last.at > quietMs ? 0 : last.times;
    seen.delete(of);
    seen.set(of, { times: before + 1, at: now });
    const first = seen.size > MAX_REMEMBERED ? seen.keys().next() : null;
    if (first?.done === false) seen.delete(first.value);
    return before;
  };

  return {
    async hold({ of, place, most }, onGone) {
      const name = `${of} ${place}`;
      const here = held.get(name) ?? 0;
      if (count >= MAX_HELD || here >= most) return "no_room";
      const waitMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(timesBefore(of), 10));
      held.set(name, here + 1);
      count += 1;
      const went = await new Promise<Held>((resolve) => {
        const timer = setTimeout(() => resolve("went_on"), waitMs);
        timer.unref();
        onGone(() => {
          clearTimeout(timer);
          resolve("gone");
        });
      });
      count -= 1;
      const left = (held.get(name) ?? 1) - 1;
      if (left === 0) held.delete(name);
      else held.set(name, left);
      return went;
    },
    forget: (of) => void seen.delete(of),
  };
}
