import { PeoplePage } from "@/components/settings/people-page";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "People and roles" };

export default async function Page() {
  await requirePermission("people.read", "/settings/people");
  await prefetched(trpc.people.list.queryOptions());
  return (
    <HydrateClient>
      <PeoplePage />
    </HydrateClient>
  );
}
