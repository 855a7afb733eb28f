import { duration } from "@/lib/format";
import type { RevisionNode } from "@/lib/rows";
import { classNames } from "@/ui/class-names";
import { Status, type Tone } from "@/ui/status";
import { Time } from "@/ui/time";

const STATES = {
  applied: ["ok", "Applied"],
  pending: ["pend", "Pending"],
  refused: ["fail", "Refused"],
} as const satisfies Record<RevisionNode["state"], readonly [Tone, string]>;

/** Every node that counts for a revision, by group, with its time or the reason why it refused. */
export function NodeGrid({ nodes, number }: { nodes: readonly RevisionNode[]; number: number }) {
  const groups = [...new Set(nodes.map((node) => node.group))];
  return groups.map((group) => (
    <div key={group} className="mb-4">
      {groups.length > 1 && <h3 className="b mb-2">{group}</h3>}
      <ul className="nodes">
        {nodes
          .filter((node) => node.group === group)
          .map((node) => {
            const [tone, word] = STATES[node.state];
            return (
              <li key={node.name} className={classNames("node", node.state === "refused" && "rej")}>
                <div className="row">
                  <code>{node.name}</code>
                  <Status tone={tone} coloured={node.state === "refused"}>
                    {word}
                  </Status>
                </div>
                <div className="row m11 t3">
                  <span>revision {number}</span>
                  <span>{node.applyMs === null ? <Time at={node.appliedAt} /> : duration(node.applyMs)}</span>
                </div>
                {node.errors.map((error) => (
                  <div key={`${error.code}${error.path}`} className="m11 break-words">
                    <b>{error.code}</b> {error.path} {error.message}
                  </div>
                ))}
              </li>
            );
          })}
      </ul>
    </div>
  ));
}
