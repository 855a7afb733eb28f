import type { NodeRow } from "@/lib/rows";
import { Status, type Tone } from "@/ui/status";

export const SYNC = {
  live: ["ok", "Live"],
  behind: ["pend", "Behind"],
  refused: ["fail", "Refused"],
  unknown: ["unk", "Unknown"],
} as const satisfies Record<NodeRow["sync"], readonly [Tone, string]>;

export const HEALTH = {
  serving: ["ok", "Serving"],
  degraded: ["att", "Degraded"],
  silent: ["fail", "Silent"],
} as const satisfies Record<NodeRow["health"], readonly [Tone, string]>;

/** Does it run what it should? */
export function SyncStatus({ node }: { node: Pick<NodeRow, "sync" | "targetRevision"> }) {
  const [tone, word] = SYNC[node.sync];
  return (
    <Status tone={tone}>
      {word}
      {node.sync === "refused" && node.targetRevision !== null ? ` ${node.targetRevision}` : ""}
    </Status>
  );
}

/** Can it serve? */
export function HealthStatus({ node }: { node: Pick<NodeRow, "health"> }) {
  const [tone, word] = HEALTH[node.health];
  return <Status tone={tone}>{word}</Status>;
}
