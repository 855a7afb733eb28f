import type { Ports } from "@sallyport/pipeline";

/** The machine's wall clock, ms since the epoch. */
export const systemClock: Ports["clock"] = { now: () => Date.now() };
