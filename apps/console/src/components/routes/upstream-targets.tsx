"use client";

import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "@/trpc/client";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status, type Tone } from "@/ui/status";

interface Counts {
  readonly healthy: number;
  readonly ejected: number;
  readonly down: number;
}

function toneOf({ healthy, ejected, down }: Counts): Tone {
  if (ejected + down === 0) return "ok";
  return healthy === 0 ? "fail" : "att";
}

function wordsOf({ healthy, ejected, down }: Counts): string {
  const nodes = healthy + ejected + down;
  const out = [ejected > 0 && `left out at ${ejected}`, down > 0 && `fails the checks of ${down}`].filter(Boolean);
  return out.length === 0 ? `healthy at ${nodes === 1 ? "1 node" : `all ${nodes} nodes`}` : `${out.join(", ")} of ${nodes}`;
}

/** How the nodes see each address of the live revision at this moment. */
export function UpstreamTargets({ slug, name }: { slug: string; name: string }) {
  const trpc = useTRPC();
  const targets = useQuery(trpc.nodes.targets.queryOptions({ tenant: slug, upstream: name }, { refetchInterval: 5_000 }));
  return (
    <section className="room flush ruled">
      <RoomHead title="At the nodes" />
      {targets.isPending ? (
        <SkeletonRows rows={2} />
      ) : !targets.data ? (
        <FailedState what="how the nodes see it" error={targets.error} onRetry={() => void targets.refetch()} />
      ) : targets.data.length === 0 ? (
        <div className="topped">
          <EmptyState title="No node tells of it">
            Nodes tell of upstreams with several addresses, or with checks, once they are published and used. What fails otherwise is a problem of the
            node.
          </EmptyState>
        </div>
      ) : (
        <div className="tw topped">
          <table className="closed">
            <thead>
              <tr>
                <th>Address</th>
                <th>State</th>
                <th className="num hide-s">Under way</th>
                <th className="hide-s">Last failure</th>
              </tr>
            </thead>
            <tbody>
              {targets.data.map((row) => (
                <tr key={row.target}>
                  <td className="m">
                    <span className="block max-w-40 truncate s:max-w-none" title={row.target}>
                      {row.target}
                    </span>
                  </td>
                  <td>
                    <Status tone={toneOf(row)}>{wordsOf(row)}</Status>
                  </td>
                  <td className="num m t2 hide-s">{row.inFlight}</td>
                  <td className="t2 fill hide-s">{row.lastError ?? "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
