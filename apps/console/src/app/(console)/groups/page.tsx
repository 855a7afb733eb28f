import { GroupsPage } from "@/components/nodes/groups-page";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Groups" };

export default async function Page() {
  await requirePermission("fleet.read", "/groups");
  await prefetched(trpc.groups.list.queryOptions());
  return (
    <HydrateClient>
      <GroupsPage />
    </HydrateClient>
  );
}
