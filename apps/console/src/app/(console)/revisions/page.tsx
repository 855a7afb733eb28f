import { RevisionList } from "@/components/revisions/revision-list";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Revisions" };

export default async function RevisionsPage({ searchParams }: { searchParams: Promise<{ after?: string }> }) {
  await requirePermission("draft.read", "/revisions");
  await prefetched(trpc.revisions.list.queryOptions({ cursor: (await searchParams).after, limit: 50 }));
  return (
    <HydrateClient>
      <RevisionList />
    </HydrateClient>
  );
}
