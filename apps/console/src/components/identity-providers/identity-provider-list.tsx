"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMe } from "@/components/session/session-context";
import { useSlug } from "@/components/tenant/use-tenant";
import { withoutScheme } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { LinkButton } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

/** The tenant's identity providers: whose tokens are accepted. */
export function IdentityProviderList() {
  const trpc = useTRPC();
  const slug = useSlug();
  const { can } = useMe();
  const list = useQuery(trpc.objects.identityProviders.list.queryOptions({ slug }));
  const settings = useQuery(trpc.fleet.settings.queryOptions(undefined, { enabled: can("fleet.read") }));
  const add = `/tenants/${slug}/identity-providers/new`;
  if (list.isPending) return <SkeletonRows rows={3} />;
  if (!list.data) return <FailedState what="identity providers" error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data.length === 0) {
    const shared = settings.data?.spec.defaultIdentityProvider ?? null;
    return (
      <EmptyState
        title={`${slug} has no identity provider${shared ? " of its own" : ""}`}
        action={can("idp.write") && <LinkButton href={add}>Add an identity provider</LinkButton>}
      >
        {shared
          ? `Tokens of the fleet's default one, ${withoutScheme(shared.issuer)}, are accepted where their claim ${shared.tenantClaim} is ${slug}. The first provider that is added takes its place.`
          : `Every request that needs a token is refused until there is one${can("fleet.read") ? "" : ", unless the fleet has a default provider"}.`}
      </EmptyState>
    );
  }
  return (
    <section className="room flush">
      <RoomHead title="Identity providers" count={list.data.length} end={can("idp.write") && <Link href={add}>Add provider</Link>} />
      <div className="tw topped">
        <table className="closed">
          <thead>
            <tr>
              <th>Name</th>
              <th className="hide-s">Issuer</th>
              <th>State</th>
              <th className="hide-s">Audiences</th>
              <th className="hide-s hide-l">Algorithms</th>
              <th className="hide-s hide-l">Tenant claim</th>
              <th className="num">Changed</th>
            </tr>
          </thead>
          <tbody>
            {list.data.map((row) => (
              <tr key={row.name}>
                <td>
                  <Link className="b plain" href={`/tenants/${slug}/identity-providers/${row.name}`}>
                    {row.name}
                  </Link>
                </td>
                <td className="m t2 fill hide-s" title={row.spec.issuer}>
                  {withoutScheme(row.spec.issuer)}
                </td>
                <td>{row.spec.status === "enabled" ? <Status tone="ok">Enabled</Status> : <Status tone="unk">Disabled</Status>}</td>
                <td className="m t2 hide-s">{row.spec.audiences.join(" ")}</td>
                <td className="m t2 hide-s hide-l">{row.spec.algorithms.join(" ")}</td>
                <td className="m t2 hide-s hide-l">{row.spec.tenantClaim ? `${row.spec.tenantClaim.claim} = ${row.spec.tenantClaim.value}` : "–"}</td>
                <td className="num t3">
                  <Time at={row.updatedAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
