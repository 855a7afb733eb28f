"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMe } from "@/components/session/session-context";
import { useSlug } from "@/components/tenant/use-tenant";
import { authenticationWords, matchWords } from "@/lib/route-words";
import { useTRPC } from "@/trpc/client";
import { LinkButton } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status, type Tone } from "@/ui/status";
import { Time } from "@/ui/time";
import { UpstreamList } from "./upstream-list";

const MODE_TONES = { required: "ok", optional: "pend", public: "att", deny: "fail" } as const satisfies Record<string, Tone>;

/** The tenant's routes and where they lead. */
export function RouteList() {
  const trpc = useTRPC();
  const slug = useSlug();
  const { can } = useMe();
  const list = useQuery(trpc.objects.routes.list.queryOptions({ slug }));
  const add = `/tenants/${slug}/routes/new`;
  if (list.isPending) return <SkeletonRows rows={4} />;
  if (!list.data) return <FailedState what="routes" error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <>
      <section className="room flush ruled">
        <RoomHead title="Routes" count={list.data.length || undefined} end={can("route.write") && <Link href={add}>Add route</Link>} />
        {list.data.length === 0 ? (
          <div className="topped">
            <EmptyState title={`${slug} has no route`} action={can("route.write") && <LinkButton href={add}>Add a route</LinkButton>}>
              Requests to this tenant are answered 404 <code>route_not_found</code>.
            </EmptyState>
          </div>
        ) : (
          <div className="tw topped">
            <table className="closed">
              <thead>
                <tr>
                  <th>Name</th>
                  <th>Match</th>
                  <th>Authentication</th>
                  <th className="hide-s">Upstream</th>
                  <th className="hide-s hide-l">Scopes</th>
                  <th className="num hide-s">Changed</th>
                </tr>
              </thead>
              <tbody>
                {list.data.map(({ name, spec, updatedAt }) => (
                  <tr key={name}>
                    <td>
                      <Link className="b plain" href={`/tenants/${slug}/routes/${name}`}>
                        {name}
                      </Link>
                    </td>
                    <td className="m fill">{matchWords(spec)}</td>
                    <td>
                      <Status tone={MODE_TONES[spec.authentication.mode]}>{authenticationWords(spec.authentication)}</Status>
                    </td>
                    <td className="m t2 hide-s">{spec.upstream}</td>
                    <td className="m t2 hide-s hide-l">
                      {spec.authentication.mode === "required" ? spec.authentication.requiredScopes.join(" ") || "–" : "–"}
                    </td>
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
      <UpstreamList />
    </>
  );
}
