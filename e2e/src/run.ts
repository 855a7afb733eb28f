import type { Kind, SharedPorts } from "./originals.ts";

/** What the global set-up tells the processes that run tests. */
interface Run {
  /** Data folders to copy. */
  readonly originals: Readonly<Record<Kind, string>>;
  readonly ports: SharedPorts;
}

const VARIABLE = "SALLYPORT_E2E_RUN";

export function announceRun(run: Run): void {
  process.env[VARIABLE] = JSON.stringify(run);
}

/** @throws Error outside of a run that the global set-up began */
export function currentRun(): Run {
  const text = process.env[VARIABLE];
  if (text === undefined) throw new Error("Stacks start within a run: use e2e/playwright.config.ts, or call the global set-up first.");
  return JSON.parse(text) as Run;
}
