"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMe } from "@/components/session/session-context";
import { rateLimitWords } from "@/lib/policy-words";
import { useTRPC } from "@/trpc/client";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Time } from "@/ui/time";

/** Rate limits that hold for every tenant, or for all of a plan. */
export function FleetLimits() {
  const trpc = useTRPC();
  const { can } = useMe();
  const list = useQuery(trpc.fleet.policies.list.queryOptions());
  if (list.isPending) return <SkeletonRows rows={3} />;
  if (!list.data) return <FailedState what="the fleet's limits" error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <section className="room flush">
      <RoomHead
        title="Fleet limits"
        count={list.data.length || undefined}
        end={can("policy.write") && <Link href="/settings/limits/new">Add a limit</Link>}
      />
      <div className="tw topped">
        {list.data.length === 0 ? (
          <EmptyState title="No limit for everybody">Only the limits of each tenant apply.</EmptyState>
        ) : (
          <table className="closed">
            <thead>
              <tr>
                <th>Name</th>
                <th>What it does</th>
                <th className="hide-s">Plans</th>
                <th className="num hide-s">Changed</th>
              </tr>
            </thead>
            <tbody>
              {list.data.map((row) => (
                <tr key={row.name}>
                  <td>
                    <Link className="b plain" href={`/settings/limits/${row.name}`}>
                      {row.name}
                    </Link>
                  </td>
                  <td className="fill t2" title={rateLimitWords(row.spec)}>
                    {rateLimitWords(row.spec)}
                  </td>
                  <td className="m t2 hide-s">{row.spec.plans.join(" ") || "every plan"}</td>
                  <td className="num t3 hide-s">
                    <Time at={row.updatedAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}
