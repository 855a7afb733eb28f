import { TenantLockoutPolicy } from "@/components/forms/lazy-editors";
import { prefetched } from "@/lib/prefetched";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient, trpc } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Lockout policy of ${(await params).slug}` });

export default async function TenantLockoutPage({ params }: Props) {
  await requireTenant((await params).slug, "/policies/lockout");
  // A policy of its own begins as a copy of the fleet's; whoever may not read that may not change anything here either.
  await prefetched(trpc.fleet.settings.queryOptions());
  return (
    <HydrateClient>
      <TenantLockoutPolicy />
    </HydrateClient>
  );
}
