"use client";

import { REFUSALS } from "@sallyport/pipeline";
import { useQuery } from "@tanstack/react-query";
import { count } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";

const statusOf = (code: string): number | null => (code in REFUSALS ? REFUSALS[code as keyof typeof REFUSALS].status : null);

/** Why are this tenant's requests refused? */
export function TopRefusals({ slug }: { slug: string }) {
  const trpc = useTRPC();
  const refusals = useQuery(trpc.tenants.refusals.queryOptions({ slug }, { refetchInterval: 15_000 }));
  const most = refusals.data?.[0]?.count ?? 1;
  return (
    <section className="room flush">
      <RoomHead title="Top refusals" end="last 24 h" />
      <div className="topped">
        {refusals.isPending ? (
          <SkeletonRows rows={3} />
        ) : !refusals.data ? (
          <FailedState what="the refusals" error={refusals.error} onRetry={() => void refusals.refetch()} />
        ) : refusals.data.length === 0 ? (
          <EmptyState title="Nothing refused">No request of the last 24 hours was refused.</EmptyState>
        ) : (
          <table>
            <tbody>
              {refusals.data.map((row) => (
                <tr key={row.code}>
                  <td className="m">{row.code}</td>
                  <td className="m t3 hide-s">{statusOf(row.code) ?? "–"}</td>
                  <td className="num m">{count(row.count)}</td>
                  <td className="fill hide-s">
                    <svg className="h-1.5 w-full" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                      <rect className="de" width={Math.max(1, (row.count / most) * 100)} height="6" />
                    </svg>
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
