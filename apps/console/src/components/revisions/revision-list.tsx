"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { usePager } from "@/hooks/use-pager";
import { countOf } from "@/lib/format";
import type { RevisionRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { LinkButton } from "@/ui/button";
import { PageHead } from "@/ui/page-head";
import { PagerRow } from "@/ui/pager-row";
import { RevisionFace } from "@/ui/revision-face";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

function RevisionState({ revision }: { revision: Pick<RevisionRow, "state"> }) {
  switch (revision.state) {
    case "live":
      return <Status tone="ok">Live</Status>;
    case "pending":
      return <Status tone="pend">Pending</Status>;
    case "superseded":
      return <Status tone="unk">Superseded</Status>;
    default:
      return revision.state satisfies never;
  }
}

/** What was published, when, by whom and why. */
export function RevisionList() {
  const trpc = useTRPC();
  const pager = usePager();
  const list = useQuery(
    trpc.revisions.list.queryOptions({ cursor: pager.cursor, limit: 50 }, { placeholderData: keepPreviousData, refetchInterval: 5_000 }),
  );
  const rows = list.data?.items ?? [];
  const live = rows.find((row) => row.state !== "superseded");
  return (
    <>
      <PageHead
        title="Revisions"
        answer={live ? `Revision ${live.number} is the newest: ${live.applied} of ${live.targets} nodes have it.` : "Immutable, numbered and signed."}
      />
      {list.isPending ? (
        <SkeletonRows rows={8} />
      ) : !list.data ? (
        <FailedState what="revisions" error={list.error} onRetry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState
          title="Nothing is published yet"
          action={
            <LinkButton size="sm" href="/draft">
              Review the draft
            </LinkButton>
          }
        >
          Each publish makes a revision that stays: what it changed, who made it and why.
        </EmptyState>
      ) : (
        <>
          <div className="tw">
            <table className="closed">
              <thead>
                <tr>
                  <th>Revision</th>
                  <th>Comment</th>
                  <th>State</th>
                  <th className="num hide-s">Sections</th>
                  <th className="num hide-s">Nodes</th>
                  <th className="hide-s">Author</th>
                  <th className="num">Published</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.number}>
                    <td>
                      <Link className="plain" href={`/revisions/${row.number}`}>
                        <RevisionFace number={row.number} hash={row.rootHash} />
                      </Link>
                    </td>
                    <td className="fill">
                      {row.rolledBackFrom !== null && <span className="t3">back to {row.rolledBackFrom}: </span>}
                      {row.comment}
                    </td>
                    <td>
                      <RevisionState revision={row} />
                    </td>
                    <td className="num m t2 hide-s">{row.sectionsChanged}</td>
                    <td className="num m t2 hide-s">{row.targets === 0 ? "–" : `${row.applied} of ${row.targets}`}</td>
                    <td className="t2 hide-s">{row.authorName}</td>
                    <td className="num t3">
                      <Time at={row.createdAt} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <PagerRow pager={pager} nextCursor={list.data.nextCursor} shown={countOf(list.data.total ?? rows.length, "revision")} />
        </>
      )}
    </>
  );
}
