import { duration } from "@/lib/format";
import { refusedShare } from "@/lib/rollout-words";
import type { RolloutDetail } from "@/lib/rows";
import { classNames } from "@/ui/class-names";
import { Status, type Tone } from "@/ui/status";

type RolloutNode = RolloutDetail["nodes"][number];

const STATES = {
  applied: ["ok", "New content"],
  pending: ["pend", "Taking it"],
  held: ["unk", "Old content"],
  refused: ["fail", "Refused"],
  returned: ["ok", "Back at the old"],
  silent: ["att", "Silent"],
} as const satisfies Record<RolloutNode["state"], readonly [Tone, string]>;

/** Every node of the rollout's groups, stage by stage. */
export function RolloutNodes({ of }: { of: RolloutDetail }) {
  const stageOf = (node: RolloutNode): number => node.stage ?? of.stages;
  const isMixed = new Set(of.nodes.map(({ group }) => group)).size > 1;
  const stages = [...new Set(of.nodes.map(stageOf))].sort((a, b) => a - b);
  return stages.map((stage) => (
    <div key={stage} className="mb-4">
      <h3 className="b mb-2">Stage {stage}</h3>
      <ul className="nodes fit">
        {of.nodes
          .filter((node) => stageOf(node) === stage)
          .map((node) => (
            <Node key={node.name} node={node} group={isMixed ? node.group : null} />
          ))}
      </ul>
    </div>
  ));
}

function Node({ node, group }: { node: RolloutNode; group: string | null }) {
  const [tone, word] = STATES[node.state];
  return (
    <li className={classNames("node", node.state === "refused" && "rej")}>
      <div className="row">
        <code className="truncate">{node.name}</code>
        <Status tone={tone} coloured={node.state === "refused"}>
          {word}
        </Status>
      </div>
      <div className="row m11 t3">
        <span>
          {group !== null && `${group}, `}
          {node.revision === null ? "runs nothing yet" : `runs ${node.revision}`}
        </span>
        <span>{node.tookMs !== null && duration(node.tookMs)}</span>
      </div>
      {node.after.total > 0 && <div className="m11 t3">refuses {refusedShare(node.after)}</div>}
      {node.errors.map((error) => (
        <div key={`${error.code}${error.path}`} className="m11 break-words">
          <b>{error.code}</b> {error.path} {error.message}
        </div>
      ))}
    </li>
  );
}
