import { FleetTests } from "@/components/policy-tests/fleet-tests";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Policy tests of the fleet" };

export default async function FleetTestsPage() {
  await requirePermission("fleet.read", "/settings/tests");
  await prefetched(trpc.fleet.policyTests.list.queryOptions());
  return (
    <HydrateClient>
      <FleetTests />
    </HydrateClient>
  );
}
