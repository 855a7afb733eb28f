"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMe } from "@/components/session/session-context";
import { countOf } from "@/lib/format";
import { groupTenants } from "@/lib/group-tenants";
import { useTRPC } from "@/trpc/client";
import { LinkButton } from "@/ui/button";
import { PageHead, RoomHead } from "@/ui/page-head";
import { FailedState, PageSkeleton } from "@/ui/states";
import { Time } from "@/ui/time";
import { JoinTokenTable } from "./join-token-table";

/** Groups of nodes that run the same snapshot, and the tokens to join them. */
export function GroupsPage() {
  const trpc = useTRPC();
  const { can } = useMe();
  const groups = useQuery(trpc.groups.list.queryOptions());
  const nodes = useQuery(trpc.nodes.list.queryOptions(undefined, { enabled: can("node.read") }));
  if (groups.isPending) return <PageSkeleton />;
  if (!groups.data) return <FailedState what="groups" error={groups.error} onRetry={() => void groups.refetch()} />;
  return (
    <>
      <PageHead
        title="Groups"
        answer={`${countOf(groups.data.length, "group")}. Nodes of a group run the same snapshot.`}
        actions={
          can("fleet.write") && (
            <LinkButton variant="primary" href="/groups/new">
              Add group
            </LinkButton>
          )
        }
      />
      <div className="tw ruled">
        <table>
          <thead>
            <tr>
              <th>Group</th>
              <th className="hide-s">Name</th>
              <th>Tenants</th>
              <th className="num">Nodes</th>
              <th className="num hide-s">Changed</th>
            </tr>
          </thead>
          <tbody>
            {groups.data.map((group) => (
              <tr key={group.name}>
                <td>
                  <Link className="b plain" href={`/groups/${group.name}`}>
                    {group.name}
                  </Link>
                </td>
                <td className="t2 fill hide-s">{group.spec.displayName}</td>
                <td className="t2">{groupTenants(group.spec)}</td>
                <td className="num m">{nodes.data?.filter((node) => node.group === group.name).length ?? "–"}</td>
                <td className="num t3 hide-s">
                  <Time at={group.updatedAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {can("node.read") && (
        <section className="room flush">
          <RoomHead title="Join tokens" end={can("node.write") && <Link href="/nodes?add=true">Make one for a node</Link>} />
          <JoinTokenTable />
        </section>
      )}
    </>
  );
}
