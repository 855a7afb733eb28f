"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { SectionReview } from "@/components/draft/section-review";
import { useMe } from "@/components/session/session-context";
import { countOf } from "@/lib/format";
import { ROLLOUT_STATES } from "@/lib/rollout-words";
import { useTRPC } from "@/trpc/client";
import { PageHead, RoomHead } from "@/ui/page-head";
import { HashFace } from "@/ui/revision-face";
import { EmptyState, FailedState, PageSkeleton } from "@/ui/states";
import { Badge } from "@/ui/status";
import { Time } from "@/ui/time";
import { NodeGrid } from "./node-grid";
import { ReceiptButton } from "./receipt-button";
import { RollbackButton } from "./rollback-button";

const BADGES = { live: ["ok", "Live"], pending: ["pend", "Pending"], superseded: ["unk", "Superseded"] } as const;

/** Is it landing safely? And what did it change? */
export function RevisionPage({ number }: { number: number }) {
  const trpc = useTRPC();
  const { can } = useMe();
  const revision = useQuery(trpc.revisions.get.queryOptions({ number }, { refetchInterval: 2_000 }));
  if (revision.isPending) return <PageSkeleton />;
  if (!revision.data) return <FailedState what={`revision ${number}`} error={revision.error} onRetry={() => void revision.refetch()} />;
  const { data } = revision;
  const refused = data.nodes.filter((node) => node.state === "refused").length;
  const [tone, word] = refused > 0 ? (["fail", `Refused by ${refused}`] as const) : BADGES[data.state];
  return (
    <>
      <PageHead
        title={`Revision ${data.number}`}
        beside={<Badge tone={tone}>{word}</Badge>}
        answer={
          <>
            Published by {data.authorName}
            {data.approvedBy !== null && <>, approved by {data.approvedBy}</>}, <Time at={data.createdAt} as="phrase" />. “{data.comment}”
          </>
        }
        actions={
          <>
            <ReceiptButton number={data.number} />
            {can("revision.rollback") && data.state === "superseded" && <RollbackButton to={data.number} label={`Go back to ${data.number}`} />}
            {can("revision.rollback") && data.state !== "superseded" && data.before !== null && (
              <RollbackButton to={data.before} label={`Roll back to ${data.before}`} />
            )}
          </>
        }
      />
      <div className="rooms split-l s:grid-cols-[minmax(0,1fr)_400px]">
        <section className="room">
          <RoomHead
            title="Nodes"
            count={data.targets > 0 ? `${data.applied} of ${data.targets} applied` : undefined}
            end={data.nodes.length > 0 && "time to apply"}
          />
          {data.nodes.length === 0 ? (
            <EmptyState title="No node counts for it">Nodes that were connected when it was published, or are now, stand here.</EmptyState>
          ) : (
            <NodeGrid nodes={data.nodes} number={data.number} />
          )}
        </section>
        <section className="room">
          <RoomHead title="What it is" />
          <dl className="kv">
            <dt>Root hash</dt>
            <dd className="row">
              <HashFace hash={data.rootHash} />
              <code>{data.rootHash.slice(0, 16)}…</code>
            </dd>
            <dt>Epoch</dt>
            <dd>{data.epoch}</dd>
            {data.rollout !== null && (
              <>
                <dt>Rollout</dt>
                <dd>
                  <Link href={`/rollouts/${data.number}`}>In stages: {ROLLOUT_STATES[data.rollout.state][1].toLowerCase()}</Link>
                </dd>
              </>
            )}
            <dt>After</dt>
            <dd>{data.parent === 0 ? "nothing: the first" : `revision ${data.parent}`}</dd>
            {data.rolledBackFrom !== null && (
              <>
                <dt>Content of</dt>
                <dd>revision {data.rolledBackFrom}</dd>
              </>
            )}
            {data.reissueOf !== null && (
              <>
                <dt>Repeats</dt>
                <dd>revision {data.reissueOf}, with other secrets or keys for the nodes</dd>
              </>
            )}
            <dt>Groups</dt>
            <dd>
              {data.groups.map((group) => (
                <div key={`${group.name}${group.schemaVersion}`}>
                  {group.name} <span className="t3">schema {group.schemaVersion}</span>
                </div>
              ))}
            </dd>
          </dl>
        </section>
      </div>
      <section>
        <div className="pad ruled">
          <h2 className="b">What it changed</h2>
          <p className="t3">
            {countOf(data.sectionsChanged, "section")} against revision {data.parent}
          </p>
        </div>
        {data.changes.map((section) => (
          <SectionReview
            key={section.name}
            section={section}
            base={null}
            view="fields"
            requests={undefined}
            selected
            onSelect={null}
            editable={false}
          />
        ))}
      </section>
    </>
  );
}
