import type { HealthCheckRow } from "@/lib/rows";
import type { Tone } from "@/ui/status";

export const CHECK_STATES = {
  fail: ["fail", "Fails"],
  warn: ["att", "Warns"],
  unknown: ["unk", "Unknown"],
  ok: ["ok", "Holds"],
} as const satisfies Record<HealthCheckRow["state"], readonly [Tone, string]>;

/** What a check found, in one line. */
export function findingsOf({ problems, unknown, looksAt }: HealthCheckRow): string {
  const [first] = problems;
  if (unknown !== null) return unknown;
  if (first === undefined) return looksAt.charAt(0).toUpperCase() + looksAt.slice(1);
  return problems.length === 1 ? first.title : `${first.title}, and ${problems.length - 1} more`;
}
