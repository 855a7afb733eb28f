import { createLoader, parseAsStringLiteral, type SearchParams } from "nuqs/server";
import { RevocationsPage } from "@/components/revocations/revocations-page";
import { SHOWN } from "@/components/revocations/shown";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Revocations" };

const loadFilters = createLoader({ show: parseAsStringLiteral(SHOWN).withDefault("in_force") });

export default async function Page({ searchParams }: { searchParams: Promise<SearchParams> }) {
  await requirePermission("fleet.read", "/revocations");
  const { after } = await searchParams;
  const { show } = await loadFilters(searchParams);
  await prefetched(trpc.revocations.list.queryOptions({ show, ...(typeof after === "string" && { cursor: after }) }));
  return (
    <HydrateClient>
      <RevocationsPage />
    </HydrateClient>
  );
}
