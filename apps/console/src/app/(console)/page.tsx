import { Overview } from "@/components/overview/overview";
import { prefetched } from "@/lib/prefetched";
import { requireSession } from "@/server/current-session";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Overview" };

export default async function OverviewPage() {
  await requireSession("/");
  await prefetched(trpc.overview.get.queryOptions());
  return (
    <HydrateClient>
      <Overview />
    </HydrateClient>
  );
}
