import { createLoader, type SearchParams } from "nuqs/server";
import { RevocationsPage } from "@/components/revocations/revocations-page";
import { revocationFilters, revocationListInput } from "@/components/revocations/shown";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Revocations" };

const loadFilters = createLoader(revocationFilters);

export default async function Page({ searchParams }: { searchParams: Promise<SearchParams> }) {
  await requirePermission("fleet.read", "/revocations");
  const { after } = await searchParams;
  const filters = await loadFilters(searchParams);
  const cursor = typeof after === "string" ? after : undefined;
  await Promise.all([
    prefetched(trpc.revocations.list.queryOptions(revocationListInput(filters, null, cursor))),
    prefetched(trpc.revocations.list.queryOptions({ show: "spreading", limit: 1 })),
  ]);
  return (
    <HydrateClient>
      <RevocationsPage />
    </HydrateClient>
  );
}
