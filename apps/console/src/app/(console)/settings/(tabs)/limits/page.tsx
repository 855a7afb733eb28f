import { FleetLimits } from "@/components/settings/fleet-limits";
import { LimitedTenants } from "@/components/settings/limited-tenants";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Fleet limits" };

export default async function FleetLimitsPage() {
  await requirePermission("fleet.read", "/settings/limits");
  await Promise.all([prefetched(trpc.fleet.policies.list.queryOptions()), prefetched(trpc.limitUses.limitedTenants.queryOptions())]);
  return (
    <HydrateClient>
      <FleetLimits />
      <LimitedTenants />
    </HydrateClient>
  );
}
