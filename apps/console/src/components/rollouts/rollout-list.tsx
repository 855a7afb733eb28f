"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { usePager } from "@/hooks/use-pager";
import { ROLLOUT_STATES } from "@/lib/rollout-words";
import { useTRPC } from "@/trpc/client";
import { LinkButton } from "@/ui/button";
import { PageHead } from "@/ui/page-head";
import { PagerRow } from "@/ui/pager-row";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

/** What went out in stages, and how it ended. */
export function RolloutList() {
  const trpc = useTRPC();
  const pager = usePager();
  const list = useQuery(
    trpc.rollouts.list.queryOptions({ cursor: pager.cursor, limit: 50 }, { placeholderData: keepPreviousData, refetchInterval: 2_000 }),
  );
  const rows = list.data?.items ?? [];
  const open = rows.find((row) => row.settledAt === null);
  return (
    <>
      <PageHead
        title="Rollouts"
        answer={
          open
            ? `Revision ${open.revision} is at stage ${open.stage} of ${open.stages}: ${ROLLOUT_STATES[open.state][1].toLowerCase()}.`
            : "None is under way: every node is offered the newest revision."
        }
      />
      {list.isPending ? (
        <SkeletonRows rows={6} />
      ) : !list.data ? (
        <FailedState what="rollouts" error={list.error} onRetry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState
          title="Nothing went out in stages yet"
          action={
            <LinkButton size="sm" href="/draft">
              Review the draft
            </LinkButton>
          }
        >
          A publish can go to some nodes first. It halts when one refuses it, or when more requests are refused than before.
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
                  <th className="num hide-s">Stage</th>
                  <th className="hide-s">Author</th>
                  <th className="num">Begun</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => {
                  const [tone, word] = ROLLOUT_STATES[row.state];
                  return (
                    <tr key={row.revision}>
                      <td>
                        <Link className="plain m" href={`/rollouts/${row.revision}`}>
                          {row.revision}
                        </Link>
                      </td>
                      <td className="fill">{row.comment}</td>
                      <td title={row.halted ?? undefined}>
                        <Status tone={tone} coloured={tone === "fail"}>
                          {word}
                        </Status>
                      </td>
                      <td className="num m t2 hide-s">
                        {row.stage} of {row.stages}
                      </td>
                      <td className="t2 hide-s">{row.authorName}</td>
                      <td className="num t3">
                        <Time at={row.createdAt} />
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
          <PagerRow pager={pager} nextCursor={list.data.nextCursor} shown={`${rows.length} shown`} />
        </>
      )}
    </>
  );
}
