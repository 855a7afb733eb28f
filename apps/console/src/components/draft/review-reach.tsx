"use client";

import { count, countOf } from "@/lib/format";
import { Figure } from "@/ui/page-head";
import { Status } from "@/ui/status";
import type { Review } from "./use-review";

type Reach = Review["reach"];

const MAX_NAMED = 12;

function names(all: readonly string[]): string {
  const more = all.length - MAX_NAMED;
  return `${all.slice(0, MAX_NAMED).join(", ")}${more > 0 ? ` and ${count(more)} more` : ""}`;
}

function Group({ group }: { group: Reach["groups"][number] }) {
  const { nodes, nodeCount, connectedCount } = group;
  return (
    <details>
      <summary>
        <span className="b">{group.name}</span>
        <span className="t3">
          {countOf(group.sections, "section")},{" "}
          {nodeCount === 0 ? "no node yet" : `${count(connectedCount)} of ${countOf(nodeCount, "node")} connected`}
        </span>
      </summary>
      <ul>
        {nodes.map(({ name, connected }) => (
          <li key={name}>
            <Status tone={connected ? "ok" : "unk"}>{name}</Status>
            {!connected && <span className="t3"> away: gets it when it is back</span>}
          </li>
        ))}
        {nodeCount > nodes.length && <li className="t3">and {count(nodeCount - nodes.length)} more</li>}
      </ul>
    </details>
  );
}

/** How far a publish of the chosen sections goes: tenants, groups and their nodes, by count and by name. */
export function ReviewReach({ reach, tenants, requests }: { reach: Reach | undefined; tenants: number; requests: number | null }) {
  return (
    <section className="room ruled pt-3" aria-label="Reach">
      <div className="row flex-wrap gap-x-7 gap-y-2">
        <Figure label="tenants" value={count(tenants)} />
        <Figure label="nodes" value={reach ? count(reach.nodeCount) : "–"} />
        <Figure label="requests in 24 h" value={requests === null ? "–" : count(requests)} />
      </div>
      {reach && (
        <div className="reach">
          {reach.groups.map((group) => (
            <Group key={group.name} group={group} />
          ))}
          {reach.untouchedGroups.length > 0 && <p className="t3">Same content as before: {names(reach.untouchedGroups)}</p>}
          {reach.unserved.length > 0 && <p className="t3">Served by no group: {names(reach.unserved)}</p>}
          {reach.metadataOnly.length > 0 && <p className="t3">Saved for people only, nothing for nodes: {names(reach.metadataOnly)}</p>}
        </div>
      )}
    </section>
  );
}
