"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMe } from "@/components/session/session-context";
import { count } from "@/lib/format";
import type { OverviewData } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { RoomHead } from "@/ui/page-head";
import { EmptyState } from "@/ui/states";
import { Severity } from "@/ui/status";
import { Time } from "@/ui/time";

/** The open alerts, the worst of them first. How many there are in all is what the menu asks too. */
export function AlertsToDealWith({ alerts }: { alerts: OverviewData["openAlerts"] }) {
  const trpc = useTRPC();
  const { can } = useMe();
  const list = useQuery(trpc.alerts.list.queryOptions({ limit: 1 }, { enabled: can("alert.read") }));
  const open = list.data?.counts.open;
  return (
    <section className="room flush">
      <RoomHead title="Open alerts" count={open ? count(open) : undefined} end={<Link href="/alerts">All alerts</Link>} />
      {alerts.length === 0 ? (
        <div className="topped">
          <EmptyState title="No open alerts">Nodes report what crosses a tenant&rsquo;s border; it appears here within seconds.</EmptyState>
        </div>
      ) : (
        <div className="tw topped">
          <table>
            <tbody>
              {alerts.map((alert) => (
                <tr key={alert.number}>
                  <td className="w-11">
                    <Severity of={alert.severity} />
                  </td>
                  <td>
                    <Link className="plain" href={`/alerts?alert=${alert.number}`}>
                      <code>{alert.kind}</code>
                    </Link>
                  </td>
                  <td className="t2 fill">
                    {alert.tokenTenant && alert.tenant ? `${alert.tokenTenant} → ${alert.tenant}` : (alert.tenant ?? "fleet")}
                  </td>
                  <td className="num m hide-s">{count(alert.count)}</td>
                  <td className="num t3 w-20">
                    <Time at={alert.lastSeenAt} />
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
