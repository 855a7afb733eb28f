/** A clock that moves only when told. `now` is wall time, `monotonic` never goes back; both in ms. */
export interface FixedClock {
  now(): number;
  monotonic(): number;
  /** Both clocks go on by `ms`. */
  advance(ms: number): void;
  /** The wall clock alone is set, as an operator or NTP does. */
  setWall(ms: number): void;
}

/** @param start ms since the epoch; 2026-01-01T00:00:00Z when left out */
export function fixedClock(start: number = Date.UTC(2026, 0, 1)): FixedClock {
  let wall = start;
  let elapsed = 0;
  return {
    now: () => wall,
    monotonic: () => elapsed,
    advance(ms) {
      wall += ms;
      elapsed += ms;
    },
    setWall(ms) {
      wall = ms;
    },
  };
}
