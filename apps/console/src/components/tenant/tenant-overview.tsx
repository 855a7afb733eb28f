"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { parseAsString, useQueryState } from "nuqs";
import { useMe } from "@/components/session/session-context";
import { count, percent, withoutScheme } from "@/lib/format";
import { matchWords } from "@/lib/route-words";
import { useTRPC } from "@/trpc/client";
import { CodeBlock } from "@/ui/code-block";
import { DecisionsChart, DecisionsKey } from "@/ui/decisions-chart";
import { Facet } from "@/ui/facet";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status } from "@/ui/status";
import { EffectivePassage } from "./effective-passage";
import { NodesGot } from "./nodes-got";
import { quickstart } from "./quickstart";
import { TopRefusals } from "./top-refusals";
import { useTenant } from "./use-tenant";

const HOUR_MS = 3_600_000;

/** What happens to this tenant's requests? */
export function TenantOverview() {
  const trpc = useTRPC();
  const { can } = useMe();
  const tenant = useTenant();
  const { slug } = tenant;
  const routes = useQuery(trpc.objects.routes.list.queryOptions({ slug }));
  const providers = useQuery(trpc.objects.identityProviders.list.queryOptions({ slug }));
  const settings = useQuery(trpc.fleet.settings.queryOptions(undefined, { enabled: can("fleet.read") }));
  const stats = useQuery(trpc.tenants.stats.queryOptions({ slugs: [slug] }, { refetchInterval: 15_000 }));
  const [chosen, setChosen] = useQueryState("route", parseAsString);
  const route = routes.data?.find((row) => row.name === chosen) ?? routes.data?.[0];
  const stat = stats.data?.[slug];

  return (
    <>
      <section className="room ruled">
        <RoomHead
          title="What happens to a request"
          end={
            routes.data &&
            routes.data.length > 1 &&
            route && (
              <Facet
                name="route"
                value={route.name}
                neutral={route.name}
                options={routes.data.map((row) => ({ value: row.name, label: matchWords(row.spec) }))}
                onChoose={(name) => void setChosen(name)}
              />
            )
          }
        />
        {routes.isPending || providers.isPending ? (
          <SkeletonRows rows={2} />
        ) : !routes.data || !providers.data ? (
          <FailedState what="the pipeline" error={routes.error ?? providers.error} onRetry={() => void routes.refetch()} />
        ) : (
          <EffectivePassage tenant={tenant} route={route} providers={providers.data} settings={settings.data?.spec} />
        )}
      </section>
      <div className="rooms split-l s:grid-cols-[3fr_2fr]">
        <section className="room">
          <RoomHead
            title="Requests"
            count={stat && `${count(stat.requests24h)} in 24 h, ${stat.requests24h ? percent(stat.refused24h / stat.requests24h) : "0"} % refused`}
            end={<DecisionsKey />}
          />
          {stat ? (
            <DecisionsChart
              barSeconds={3_600}
              bars={stat.spark.map((bar, index) => ({ ...bar, at: Math.floor(stats.dataUpdatedAt / HOUR_MS) * HOUR_MS - (23 - index) * HOUR_MS }))}
            />
          ) : (
            <SkeletonRows rows={3} />
          )}
        </section>
        <TopRefusals slug={slug} />
      </div>
      <div className="rooms split-l s:grid-cols-[3fr_2fr]">
        <section className="room flush">
          <RoomHead title="Identity providers" end={can("idp.write") && <Link href={`/tenants/${slug}/identity-providers/new`}>Add provider</Link>} />
          <div className="topped">
            {providers.data?.length === 0 ? (
              <EmptyState title="No identity provider">Every request that needs a token is refused.</EmptyState>
            ) : (
              <table>
                <tbody>
                  {providers.data?.map((row) => (
                    <tr key={row.name}>
                      <td>
                        <Link className="b plain" href={`/tenants/${slug}/identity-providers/${row.name}`}>
                          {row.name}
                        </Link>
                      </td>
                      <td className="m t2 fill">{withoutScheme(row.spec.issuer)}</td>
                      <td>{row.spec.status === "enabled" ? <Status tone="ok">Enabled</Status> : <Status tone="unk">Disabled</Status>}</td>
                      <td className="m t2 hide-s hide-l">{row.spec.algorithms.join(" ")}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </div>
        </section>
        <NodesGot slug={slug} />
      </div>
      <section className="room ruled">
        <RoomHead title="Quickstart" />
        <CodeBlock text={quickstart(tenant, route, settings.data?.spec)} />
      </section>
    </>
  );
}
