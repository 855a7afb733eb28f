import Link from "next/link";
import type { OverviewData } from "@/lib/rows";
import { Meter, meterParts } from "@/ui/meter";
import { RoomHead } from "@/ui/page-head";
import { EmptyState } from "@/ui/states";
import { Status } from "@/ui/status";

/** How far the newest revision has got. */
export function LiveRevision({ live }: { live: OverviewData["live"] }) {
  if (!live)
    return (
      <>
        <RoomHead title="Nothing is published yet" end={<Link href="/draft">Review the draft</Link>} />
        <div className="topped ruled">
          <EmptyState title="Nodes have no configuration">
            Add a tenant with an identity provider and a route, then publish the first revision.
          </EmptyState>
        </div>
      </>
    );
  const everywhere = live.applied >= live.targets;
  return (
    <>
      <RoomHead
        title={`Revision ${live.number}`}
        end={
          live.isStaged && !everywhere ? (
            <Link href={`/rollouts/${live.number}`}>Open rollout</Link>
          ) : (
            <Link href={`/revisions/${live.number}`}>Open revision</Link>
          )
        }
      />
      <div className="topped ruled strip">
        <div className="row between mb-2">
          <Status tone={everywhere ? "ok" : "pend"}>{everywhere ? "Live" : "On its way"}</Status>
          <span className="t3">
            {live.applied} of {live.targets} applied
          </span>
        </div>
        <Meter label={`${live.applied} of ${live.targets} nodes applied revision ${live.number}`} parts={meterParts(live)} />
      </div>
    </>
  );
}
