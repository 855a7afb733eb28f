/** What the process ends with; documented in docs/cli.md. */
export const EXIT = {
  /** Done; `diff` found no difference. */
  ok: 0,
  /** Refused, failed, or misused; `--wait` saw a refusal or ran out of time. */
  failed: 1,
  /** `diff` found differences, `test` tests that fail. */
  changes: 2,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
