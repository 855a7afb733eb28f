"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { ROLLOUT_STATES, rolloutAnswer } from "@/lib/rollout-words";
import type { RolloutDetail } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Meter, type MeterPart } from "@/ui/meter";
import { PageHead, RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, PageSkeleton } from "@/ui/states";
import { Badge, Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { RolloutActions } from "./rollout-actions";
import { RolloutNodes } from "./rollout-nodes";
import { RolloutRefusals } from "./rollout-refusals";
import { RolloutStages } from "./rollout-stages";

const PARTS = {
  applied: "ok",
  pending: "pend",
  silent: "pend",
  refused: "fail",
  returned: "rest",
  held: "rest",
} as const satisfies Record<RolloutDetail["nodes"][number]["state"], MeterPart>;

/** Is it landing safely? Which nodes have it, what do they refuse, and why did it halt? */
export function RolloutPage({ revision }: { revision: number }) {
  const trpc = useTRPC();
  const rollout = useQuery(
    trpc.rollouts.get.queryOptions({ revision }, { refetchInterval: (query) => (query.state.data?.settledAt ? 10_000 : 1_000) }),
  );
  if (rollout.isPending) return <PageSkeleton />;
  if (!rollout.data) return <FailedState what={`the rollout of revision ${revision}`} error={rollout.error} onRetry={() => void rollout.refetch()} />;
  const { data } = rollout;
  const [tone, word] = ROLLOUT_STATES[data.state];
  const have = data.nodes.filter(({ state }) => state === "applied").length;
  return (
    <>
      <PageHead
        title={`Rollout of revision ${revision}`}
        beside={<Badge tone={tone}>{word}</Badge>}
        answer={<span role="status">{rolloutAnswer(data)}</span>}
        actions={<RolloutActions of={data} />}
      />
      {data.halted !== null && (
        <div className="strip ruled">
          <div className="note fail">
            <Status tone="fail" />
            <span>
              <b>Halted</b> <Time at={data.haltedAt} as="phrase" />: {data.halted}.
            </span>
          </div>
        </div>
      )}
      <div className="rooms split-l s:grid-cols-[minmax(0,1fr)_400px]">
        <section className="room">
          <RoomHead title="Nodes" count={`${have} of ${data.nodes.length} have it`} end="from its stage to its word" />
          {data.nodes.length === 0 ? (
            <EmptyState title="No node is in it">A node that enrols in one of its groups stands here.</EmptyState>
          ) : (
            <>
              <div className="mb-4">
                <Meter
                  label={`${have} of ${data.nodes.length} nodes have revision ${revision}`}
                  parts={data.nodes.map((node) => PARTS[node.state])}
                />
              </div>
              <RolloutNodes of={data} />
            </>
          )}
        </section>
        <div>
          <RolloutStages of={data} />
          <RolloutRefusals of={data} />
          <section className="room topped">
            <RoomHead title="What it is" />
            <dl className="kv">
              <dt>Comment</dt>
              <dd className="break-words">{data.comment}</dd>
              <dt>Published</dt>
              <dd>
                {data.authorName}, <Time at={data.createdAt} as="phrase" />
              </dd>
              <dt>New content</dt>
              <dd>
                <Link href={`/revisions/${revision}`}>revision {revision}</Link>
              </dd>
              <dt>Old content</dt>
              <dd>
                <Link href={`/revisions/${data.base}`}>revision {data.base}</Link>
              </dd>
              <dt>Groups</dt>
              <dd>{data.plan.groups?.join(", ") ?? "all"}</dd>
              <dt>After a halt</dt>
              <dd>{data.plan.rollback === "automatic" ? "rolled back by itself" : "waits for somebody"}</dd>
              {data.endedBy !== null && (
                <>
                  <dt>Ended by</dt>
                  <dd>
                    <Link href={`/revisions/${data.endedBy}`}>revision {data.endedBy}</Link>
                  </dd>
                </>
              )}
            </dl>
          </section>
        </div>
      </div>
    </>
  );
}
