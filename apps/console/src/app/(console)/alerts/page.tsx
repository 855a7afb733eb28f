import { createLoader, type SearchParams } from "nuqs/server";
import { alertFilters, alertListInput } from "@/components/alerts/alert-views";
import { AlertsPage } from "@/components/alerts/alerts-page";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Alerts" };

const loadFilters = createLoader(alertFilters);

export default async function Page({ searchParams }: { searchParams: Promise<SearchParams> }) {
  await requirePermission("alert.read", "/alerts");
  const { after, alert } = await searchParams;
  const number = Number(alert);
  await Promise.all([
    prefetched(trpc.alerts.list.queryOptions(alertListInput(await loadFilters(searchParams), typeof after === "string" ? after : undefined))),
    Number.isInteger(number) && number > 0 && prefetched(trpc.alerts.get.queryOptions({ number })),
  ]);
  return (
    <HydrateClient>
      <AlertsPage />
    </HydrateClient>
  );
}
