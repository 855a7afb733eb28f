import { TenantOverview } from "@/components/tenant/tenant-overview";
import { prefetched } from "@/lib/prefetched";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient, trpc } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: (await params).slug });

export default async function TenantPage({ params }: Props) {
  const { slug } = await params;
  await requireTenant(slug);
  await Promise.all([
    prefetched(trpc.objects.routes.list.queryOptions({ slug })),
    prefetched(trpc.objects.identityProviders.list.queryOptions({ slug })),
    prefetched(trpc.tenants.stats.queryOptions({ slugs: [slug] })),
    prefetched(trpc.tenants.refusals.queryOptions({ slug })),
    prefetched(trpc.fleet.settings.queryOptions()),
    prefetched(trpc.revisions.list.queryOptions({ limit: 1 })),
  ]);
  return (
    <HydrateClient>
      <TenantOverview />
    </HydrateClient>
  );
}
