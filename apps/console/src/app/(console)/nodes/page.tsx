import { NodesPage } from "@/components/nodes/nodes-page";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Nodes" };

export default async function Page() {
  await requirePermission("node.read", "/nodes");
  await Promise.all([prefetched(trpc.nodes.list.queryOptions()), prefetched(trpc.groups.list.queryOptions())]);
  return (
    <HydrateClient>
      <NodesPage />
    </HydrateClient>
  );
}
