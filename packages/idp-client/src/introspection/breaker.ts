import { elapsedMs, type IdpClock } from "../clock.js";

/** The fleet's settings of each endpoint's breaker (BEHAVIOUR 3b). */
export interface BreakerSettings {
  /** Failed calls in a row that open it. */
  readonly failures: number;
  /** Before it is tried again. */
  readonly openSeconds: number;
  /** Calls that try it, all of which must succeed. */
  readonly probes: number;
}

export type BreakerState = "closed" | "open" | "half_open";

/** Leave for one call. Exactly one of its functions is called, once; what comes after the breaker has moved on counts no more. */
export interface Permit {
  succeeded(): void;
  failed(): void;
  /** The call came to nothing that says anything about the endpoint. */
  abandoned(): void;
}

/** Keeps calls from an endpoint that has failed several times in a row. Time is the monotonic clock's. */
export interface Breaker {
  /** Null while the endpoint is left alone. */
  enter(): Permit | null;
  readonly state: BreakerState;
}

/** @param onOpen called when a working endpoint is given up; not again while its trials fail */
export function createBreaker(options: { clock: IdpClock; settings: () => BreakerSettings; onOpen: () => void }): Breaker {
  const { clock, settings, onOpen } = options;
  let state: BreakerState = "closed";
  /** Rises with each change of state. */
  let term = 0;
  let failuresInARow = 0;
  let openedAt = 0;
  let probing = 0;
  let probesSucceeded = 0;

  const moveTo = (next: BreakerState) => {
    state = next;
    term += 1;
    failuresInARow = 0;
    probing = 0;
    probesSucceeded = 0;
    if (next === "open") openedAt = elapsedMs(clock);
  };
  const isCooledDown = () => elapsedMs(clock) - openedAt >= settings().openSeconds * 1_000;

  const succeeded = () => {
    failuresInARow = 0;
    if (state !== "half_open") return;
    probesSucceeded += 1;
    if (probesSucceeded >= settings().probes) moveTo("closed");
  };
  const failed = () => {
    failuresInARow += 1;
    if (state === "half_open") moveTo("open");
    else if (failuresInARow >= settings().failures) {
      moveTo("open");
      onOpen();
    }
  };

  return {
    enter() {
      if (state === "open" && isCooledDown()) moveTo("half_open");
      if (state === "open" || (state === "half_open" && probing >= settings().probes)) return null;
      if (state === "half_open") probing += 1;
      const issued = term;
      const inTerm = (effect: () => void) => () => {
        if (issued === term) effect();
      };
      return {
        succeeded: inTerm(succeeded),
        failed: inTerm(failed),
        abandoned: inTerm(() => {
          if (state === "half_open") probing -= 1;
        }),
      };
    },
    get state() {
      return state === "open" && isCooledDown() ? "half_open" : state;
    },
  };
}
