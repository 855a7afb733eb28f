import { TenantRevocations } from "@/components/revocations/tenant-revocations";
import { prefetched } from "@/lib/prefetched";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient, trpc } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Revocations of ${(await params).slug}` });

export default async function TenantRevocationsPage({ params }: Props) {
  const { slug } = await params;
  await requireTenant(slug, "/revocations");
  await prefetched(trpc.revocations.listOf.queryOptions({ slug, show: "all" }));
  return (
    <HydrateClient>
      <TenantRevocations />
    </HydrateClient>
  );
}
