import Link from "next/link";
import { count } from "@/lib/format";
import type { OverviewData } from "@/lib/rows";
import { RoomHead } from "@/ui/page-head";
import { EmptyState } from "@/ui/states";
import { Severity } from "@/ui/status";
import { Time } from "@/ui/time";

/** The open alerts, worst first. */
export function AlertsToDealWith({ alerts }: { alerts: OverviewData["openAlerts"] }) {
  return (
    <section className="room flush">
      <RoomHead title="Alerts to deal with" count={alerts.length || undefined} end={<Link href="/alerts">All alerts</Link>} />
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
                  <td className="num m">{count(alert.count)}</td>
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
