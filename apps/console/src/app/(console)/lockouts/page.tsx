import { createLoader, type SearchParams } from "nuqs/server";
import { lockoutFilters, lockoutSearch } from "@/components/lockouts/found";
import { LockoutsPage } from "@/components/lockouts/lockouts-page";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Lockouts" };

const loadFilters = createLoader(lockoutFilters);

export default async function Page({ searchParams }: { searchParams: Promise<SearchParams> }) {
  await requirePermission("tenant.read", "/lockouts");
  await prefetched(trpc.lockouts.find.queryOptions(lockoutSearch(await loadFilters(searchParams))));
  return (
    <HydrateClient>
      <LockoutsPage />
    </HydrateClient>
  );
}
