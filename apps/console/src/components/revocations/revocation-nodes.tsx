"use client";

import { duration } from "@/lib/format";
import { tookWords } from "@/lib/revocation-words";
import type { RevocationDetail } from "@/lib/rows";
import { classNames } from "@/ui/class-names";
import { Status, type Tone } from "@/ui/status";
import { Time } from "@/ui/time";

type RevocationNode = RevocationDetail["nodes"][number];

const STATES = {
  in_effect: ["ok", "In effect"],
  waiting: ["pend", "Waiting"],
  refused: ["fail", "Refused"],
  unreachable: ["fail", "Unreachable"],
} as const satisfies Record<RevocationNode["state"], readonly [Tone, string]>;

/** What is not in effect comes first: that is where something has to be done. */
const ORDER = { refused: 0, unreachable: 1, waiting: 2, in_effect: 3 } as const satisfies Record<RevocationNode["state"], number>;

/** Where it is in effect: at each node that serves the tenant, since when, or what keeps it from it. */
export function RevocationNodes({ of }: { of: RevocationDetail }) {
  if (of.reach === null)
    return (
      <section>
        <h3>At the nodes</h3>
        <p className="t2">{WITHOUT_REVISION[of.kind] ?? "No node had been told of it."}</p>
      </section>
    );
  const nodes = [...of.nodes].sort((a, b) => ORDER[a.state] - ORDER[b.state] || (a.name < b.name ? -1 : 1));
  const took = tookWords(of.reach);
  const unreachable = nodes.filter(({ state }) => state === "unreachable").map(({ name }) => name);
  return (
    <section>
      <h3>At the nodes</h3>
      {took !== null && unreachable.length === 0 && <p className="t2 mb-2">In effect after {took}, by each node's own word.</p>}
      {nodes.length === 0 && <p className="t2">No node serves {of.tenant}.</p>}
      {unreachable.length > 0 && (
        <div className="note fail mb-2">
          <Status tone="fail" />
          <span>
            Nobody hears from {unreachable.join(", ")}. A node that comes back is told with its first poll. One that is cut off and still running
            serves as before: stop it by hand, or take it out of the load balancer.
          </span>
        </div>
      )}
      <ul className="nodes grid-cols-1">
        {nodes.map((node) => {
          const [tone, word] = STATES[node.state];
          return (
            <li key={node.name} className={classNames("node", tone === "fail" && "rej")}>
              <div className="row">
                <code>{node.name}</code>
                <Status tone={tone} coloured={tone === "fail"}>
                  {word}
                </Status>
              </div>
              <div className="row m11 t3">
                <span>{node.group}</span>
                <span>
                  {node.state !== "in_effect" ? (
                    <>
                      heard from <Time at={node.lastSeenAt} as="phrase" />
                    </>
                  ) : node.tookMs === null ? (
                    "since it joined"
                  ) : (
                    `after ${duration(node.tookMs)}`
                  )}
                </span>
              </div>
              {node.error && <div className="m11 break-words">{node.error}</div>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** How what no revision carries takes effect. */
const WITHOUT_REVISION: Partial<Record<RevocationDetail["kind"], string>> = {
  session:
    "Ended in the store that the nodes share. Nodes look a session up for each request, so each refuses it from its next request on, and what it had opened ends about a second later.",
  node: "The control plane takes no call of the node from the next one on: it gets no revision and no secret any more. It goes on serving what it has: stop it by hand.",
};
