import { TenantDomains } from "@/components/forms/lazy-editors";
import { prefetched } from "@/lib/prefetched";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient, trpc } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Domains of ${(await params).slug}` });

export default async function DomainsPage({ params }: Props) {
  await requireTenant((await params).slug, "/domains");
  await prefetched(trpc.fleet.settings.queryOptions());
  return (
    <HydrateClient>
      <TenantDomains />
    </HydrateClient>
  );
}
