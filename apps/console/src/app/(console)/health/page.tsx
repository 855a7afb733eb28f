import { HealthPage } from "@/components/health/health-page";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Health checks" };

export default async function Page() {
  await requirePermission("fleet.read", "/health");
  await prefetched(trpc.health.list.queryOptions());
  return (
    <HydrateClient>
      <HealthPage />
    </HydrateClient>
  );
}
