import type { AlertRow } from "@/lib/rows";
import type { Tone } from "@/ui/status";

export const ALERT_STATES = {
  open: ["att", "Open"],
  acknowledged: ["pend", "Ack’d"],
  closed: ["unk", "Closed"],
} as const satisfies Record<AlertRow["status"], readonly [Tone, string]>;
