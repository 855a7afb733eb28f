import { IdentityProviderList } from "@/components/identity-providers/identity-provider-list";
import { prefetched } from "@/lib/prefetched";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient, trpc } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Identity providers of ${(await params).slug}` });

export default async function IdentityProvidersPage({ params }: Props) {
  const { slug } = await params;
  await requireTenant(slug, "/identity-providers");
  await prefetched(trpc.objects.identityProviders.list.queryOptions({ slug }));
  return (
    <HydrateClient>
      <IdentityProviderList />
    </HydrateClient>
  );
}
