import "server-only";
import { log } from "@/server/log";

/** Of trouble that comes back with each attempt to connect, one line in this time. */
const SELDOM_MS = 30_000;

/** The message alone: what a driver hangs on its errors is whole connections. */
export function warnSeldom(sentence: string): (error: Error) => void {
  let next = Number.NEGATIVE_INFINITY;
  return ({ message }) => {
    const now = performance.now();
    if (now < next) return;
    next = now + SELDOM_MS;
    log.warn({ reason: message }, sentence);
  };
}
