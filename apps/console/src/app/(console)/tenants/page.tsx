import { createLoader, type SearchParams } from "nuqs/server";
import { tenantFilters, tenantListInput } from "@/components/tenants/tenant-filters";
import { TenantList } from "@/components/tenants/tenant-list";
import { prefetched } from "@/lib/prefetched";
import { requireSession } from "@/server/current-session";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Tenants" };

const loadFilters = createLoader(tenantFilters);

export default async function TenantsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  await requireSession("/tenants");
  const { after } = await searchParams;
  const input = tenantListInput(await loadFilters(searchParams), typeof after === "string" ? after : undefined);
  await prefetched(trpc.tenants.list.queryOptions(input));
  return (
    <HydrateClient>
      <TenantList />
    </HydrateClient>
  );
}
