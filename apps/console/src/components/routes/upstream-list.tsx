"use client";

import { targetsOf, type UpstreamSpec } from "@sallyport/snapshot";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMe } from "@/components/session/session-context";
import { useSlug } from "@/components/tenant/use-tenant";
import { useTRPC } from "@/trpc/client";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Time } from "@/ui/time";

/** The first address, and how many more there are. */
function targetWords(spec: UpstreamSpec): string {
  const [first, ...more] = targetsOf(spec);
  return more.length === 0 ? (first?.url ?? "") : `${first?.url} and ${more.length} more`;
}

/** Where this tenant's routes can send requests. */
export function UpstreamList() {
  const trpc = useTRPC();
  const slug = useSlug();
  const { can } = useMe();
  const list = useQuery(trpc.objects.upstreams.list.queryOptions({ slug }));
  if (list.isPending) return <SkeletonRows rows={2} />;
  if (!list.data) return <FailedState what="upstreams" error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <section className="room flush">
      <RoomHead
        title="Upstreams"
        count={list.data.length || undefined}
        end={can("route.write") && <Link href={`/tenants/${slug}/upstreams/new`}>Add upstream</Link>}
      />
      {list.data.length === 0 ? (
        <div className="topped">
          <EmptyState title="No upstream yet">It is made together with the first route.</EmptyState>
        </div>
      ) : (
        <div className="tw topped">
          <table className="closed">
            <thead>
              <tr>
                <th>Name</th>
                <th>Address</th>
                <th className="num hide-s">Connect</th>
                <th className="num hide-s">Response</th>
                <th className="num hide-s">Sockets a node</th>
                <th className="num hide-s">Changed</th>
              </tr>
            </thead>
            <tbody>
              {list.data.map(({ name, spec, updatedAt }) => (
                <tr key={name}>
                  <td>
                    <Link className="b plain" href={`/tenants/${slug}/upstreams/${name}`}>
                      {name}
                    </Link>
                  </td>
                  <td className="m fill">{targetWords(spec)}</td>
                  <td className="num m t2 hide-s">{spec.connectTimeoutMs} ms</td>
                  <td className="num m t2 hide-s">{spec.responseTimeoutMs} ms</td>
                  <td className="num m t2 hide-s">{spec.maxConnections}</td>
                  <td className="num t3 hide-s">
                    <Time at={updatedAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
