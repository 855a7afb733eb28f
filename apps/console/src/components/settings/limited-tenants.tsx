"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { count } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";

/** Whose requests do limits refuse? */
export function LimitedTenants() {
  const trpc = useTRPC();
  const list = useQuery(trpc.limitUses.limitedTenants.queryOptions(undefined, { refetchInterval: 15_000 }));
  return (
    <section className="room flush">
      <RoomHead title="Refused by limits" end="the most in 24 h first" />
      <div className="tw topped">
        {list.isPending ? (
          <SkeletonRows rows={2} />
        ) : !list.data ? (
          <FailedState what="refusals" error={list.error} onRetry={() => void list.refetch()} />
        ) : list.data.length === 0 ? (
          <EmptyState title="Nothing refused">No request of the last 24 hours was refused by a rate limit.</EmptyState>
        ) : (
          <table className="closed">
            <thead>
              <tr>
                <th>Tenant</th>
                <th className="num">In 15 min</th>
                <th className="num">In 24 h</th>
              </tr>
            </thead>
            <tbody>
              {list.data.map((row) => (
                <tr key={row.tenant}>
                  <td className="fill">
                    <Link className="plain" href={`/tenants/${row.tenant}/policies`}>
                      {row.tenant}
                    </Link>
                  </td>
                  <td className="num m">{count(row.last15Minutes)}</td>
                  <td className="num m">{count(row.last24Hours)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}
