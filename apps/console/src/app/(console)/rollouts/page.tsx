import { RolloutList } from "@/components/rollouts/rollout-list";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Rollouts" };

export default async function RolloutsPage({ searchParams }: { searchParams: Promise<{ after?: string }> }) {
  await requirePermission("draft.read", "/rollouts");
  await prefetched(trpc.rollouts.list.queryOptions({ cursor: (await searchParams).after, limit: 50 }));
  return (
    <HydrateClient>
      <RolloutList />
    </HydrateClient>
  );
}
