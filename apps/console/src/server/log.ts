import "server-only";

type Level = "info" | "warn" | "error";

const printable = (_key: string, value: unknown): unknown =>
  value instanceof Error ? { name: value.name, message: value.message, stack: value.stack, cause: value.cause } : value;

function write(level: Level, fields: object, message: string): void {
  const line = JSON.stringify({ level, time: new Date().toISOString(), ...fields, msg: message }, printable);
  (level === "error" ? process.stderr : process.stdout).write(`${line}\n`);
}

/** The console's structured log: one line of JSON an entry. Callers never pass credentials or request bodies. */
export const log = {
  info: (fields: object, message: string): void => write("info", fields, message),
  warn: (fields: object, message: string): void => write("warn", fields, message),
  error: (fields: object, message: string): void => write("error", fields, message),
};
