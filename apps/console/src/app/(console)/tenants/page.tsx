import { createLoader, type SearchParams } from "nuqs/server";
import { tenantFilters, tenantListInput } from "@/components/tenants/tenant-filters";
import { TenantList } from "@/components/tenants/tenant-list";
import { prefetched } from "@/lib/prefetched";
import { requireSession } from "@/server/current-session";
import { getQueryClient, HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Tenants" };

const loadFilters = createLoader(tenantFilters);

export default async function TenantsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  await requireSession("/tenants");
  const { after } = await searchParams;
  const input = tenantListInput(await loadFilters(searchParams), typeof after === "string" ? after : undefined);
  const list = trpc.tenants.list.queryOptions(input);
  await prefetched(list);
  const slugs =
    getQueryClient()
      .getQueryData(list.queryKey)
      ?.items.map((row) => row.slug) ?? [];
  if (slugs.length > 0) await prefetched(trpc.tenants.stats.queryOptions({ slugs }));
  return (
    <HydrateClient>
      <TenantList />
    </HydrateClient>
  );
}
