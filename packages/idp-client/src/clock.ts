/** Time as a port. Durations are measured with `monotonic`, which a wall clock that is set does not move. */
export interface IdpClock {
  /** Wall clock, ms since the epoch. */
  now(): number;
  /** Ms since some moment; the wall clock serves where it is left out. */
  monotonic?(): number;
}

export const elapsedMs = (clock: IdpClock): number => clock.monotonic?.() ?? clock.now();
