import { FleetLimits } from "@/components/settings/fleet-limits";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Fleet limits" };

export default async function FleetLimitsPage() {
  await requirePermission("fleet.read", "/settings/limits");
  await prefetched(trpc.fleet.policies.list.queryOptions());
  return (
    <HydrateClient>
      <FleetLimits />
    </HydrateClient>
  );
}
