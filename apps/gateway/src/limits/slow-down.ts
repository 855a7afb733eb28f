/** Of a username's first attempt that is held, ms; twice as long for each that follows. */
const FIRST_MS = 250;
const LONGEST_MS = 4_000;
/** Attempts that a node holds at one time; each has at most 64 KiB. */
const MAX_HELD = 1_000;
const MAX_USERNAMES = 10_000;

/** What becomes of an attempt: it went on after a while, its client went away meanwhile, or there is no room to hold it. */
type Held = "went_on" | "gone" | "no_room";

export interface SlowDown {
  /**
   * Holds an attempt to sign in.
   * @param username with its tenant
   * @param place one attempt of each is held for a username
   * @param onGone calls back when the client goes away
   */
  hold(username: string, place: string, onGone: (callback: () => void) => void): Promise<Held>;
  /** The username is slowed down no more: the next time begins with the shortest wait. */
  forget(username: string): void;
}

/** Progressive delay: attempts wait, longer and longer, and each for itself. Who waits takes nobody's turn. */
export function createSlowDown(): SlowDown {
  const attempts = new Map<string, number>();
  const held = new Set<string>();
  return {
    async hold(username, place, onGone) {
      const name = `${username} ${place}`;
      if (held.size >= MAX_HELD || held.has(name)) return "no_room";
      const before = attempts.get(username) ?? 0;
      attempts.delete(username);
      attempts.set(username, before + 1);
      const first = attempts.size > MAX_USERNAMES ? attempts.keys().next() : null;
      if (first?.done === false) attempts.delete(first.value);
      held.add(name);
      const went = await new Promise<Held>((resolve) => {
        const timer = setTimeout(() => resolve("went_on"), Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(before, 10)));
        timer.unref();
        onGone(() => {
          clearTimeout(timer);
          resolve("gone");
        });
      });
      held.delete(name);
      return went;
    },
    forget: (username) => void attempts.delete(username),
  };
}
