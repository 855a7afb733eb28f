import { count, percent } from "@/lib/format";
import type { RolloutDetail, RolloutRow } from "@/lib/rows";
import type { Tone } from "@/ui/status";

/** How a rollout stands, in one or two words. */
export const ROLLOUT_STATES = {
  running: ["pend", "Rolling out"],
  paused: ["att", "Paused"],
  halted: ["fail", "Halted"],
  aborted: ["att", "Aborted"],
  completed: ["ok", "Complete"],
  rolled_back: ["fail", "Rolled back"],
  superseded: ["unk", "Superseded"],
} as const satisfies Record<RolloutRow["state"], readonly [Tone, string]>;

type Stage = RolloutDetail["plan"]["stages"][number];

/** Which nodes a stage is. */
export function stageNodes({ percent: share, groups, nodes }: Stage): string {
  if (share === undefined) return (nodes ?? []).join(", ");
  const which = share === 100 ? "All nodes" : `${share} % of the nodes`;
  return groups === undefined ? which : `${which} of ${groups.join(", ")}`;
}

/** `5 minutes`, `90 seconds`, `2 hours`. */
export function soakWords(seconds: number): string {
  const [size, word] = seconds % 3_600 === 0 && seconds > 0 ? [3_600, "hour"] : seconds % 60 === 0 && seconds > 0 ? [60, "minute"] : [1, "second"];
  const value = seconds / size;
  return `${count(value)} ${word}${value === 1 ? "" : "s"}`;
}

/** What the rollout does now, or what became of it: one sentence. */
export function rolloutAnswer(of: RolloutDetail): string {
  const place = `Stage ${of.stage} of ${of.stages}`;
  switch (of.state) {
    case "running":
      switch (of.waitsFor) {
        case "soak":
          return `${place} runs it; the next stage waits for its time.`;
        case "promotion":
          return `${place} runs it, and waits for somebody to promote it.`;
        case "judgement":
          return `${place}: its nodes refuse more than before. It halts if that goes on.`;
        default:
          return `${place} is open; its nodes are taking the revision.`;
      }
    case "paused":
      return `${place}. No stage is opened until it is resumed; what harms still halts it.`;
    case "halted":
      return `It halted at stage ${of.stage} of ${of.stages}. Nodes keep what each has until somebody decides.`;
    case "aborted":
      return `It was ended at stage ${of.stage} of ${of.stages}. Nodes keep what each has until a rollback or the next publish.`;
    case "completed":
      return `Every node has revision ${of.revision}.`;
    case "rolled_back":
      return `Revision ${of.endedBy} has the content of revision ${of.base} again, for all nodes.`;
    case "superseded":
      return `Revision ${of.endedBy} took its place.`;
    default:
      return of.state satisfies never;
  }
}

/** `1.2 % of 4,100`. */
export const refusedShare = ({ total, refused }: { readonly total: number; readonly refused: number }): string =>
  total === 0 ? "no requests" : `${percent(refused / total)} % of ${count(total)}`;
