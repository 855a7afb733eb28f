import { DraftReview } from "@/components/draft/draft-review";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Draft" };

export default async function DraftPage() {
  await requirePermission("draft.read", "/draft");
  await Promise.all([
    prefetched(trpc.draft.diff.queryOptions({})),
    prefetched(trpc.revisions.list.queryOptions({ limit: 1 })),
    prefetched(trpc.draft.review.queryOptions({})),
  ]);
  return (
    <HydrateClient>
      <DraftReview />
    </HydrateClient>
  );
}
