import { type Logger, pino } from "pino";

/** JSON lines on stdout. Credentials are never handed to it; should one be, it is taken out here. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ["authorization", "dpop", "cookie", "joinToken", "token", "*.authorization", "*.dpop", "*.cookie", "*.joinToken", "*.token"],
      censor: "[redacted]",
    },
  });
}

/** Of trouble that comes back with each attempt to connect, one line in this time. */
const SELDOM_MS = 30_000;

/** The message alone: what a driver hangs on its errors is whole connections. */
export function logSeldom(logger: Logger, clock: { monotonic(): number }, sentence: string): (error: Error) => void {
  let next = Number.NEGATIVE_INFINITY;
  return ({ message }) => {
    const now = clock.monotonic();
    if (now < next) return;
    next = now + SELDOM_MS;
    logger.warn({ reason: message }, sentence);
  };
}
