import { createLoader, type SearchParams } from "nuqs/server";
import { radarFilters, radarSearch } from "@/components/radar/radar-filters";
import { RadarPage } from "@/components/radar/radar-page";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "IdP radar" };

const loadFilters = createLoader(radarFilters);

export default async function Page({ searchParams }: { searchParams: Promise<SearchParams> }) {
  await requirePermission("tenant.read", "/radar");
  const { after } = await searchParams;
  await prefetched(trpc.radar.list.queryOptions(radarSearch(await loadFilters(searchParams), typeof after === "string" ? after : undefined)));
  return (
    <HydrateClient>
      <RadarPage />
    </HydrateClient>
  );
}
