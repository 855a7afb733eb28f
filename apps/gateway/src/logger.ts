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
