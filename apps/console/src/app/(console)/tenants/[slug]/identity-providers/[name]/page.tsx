import { ProviderEditor } from "@/components/forms/lazy-editors";
import { orNotFound } from "@/lib/or-not-found";
import { prefetched } from "@/lib/prefetched";
import { requireTenant } from "@/lib/require-tenant";
import { caller, HydrateClient, trpc } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string; name: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `${(await params).name}, identity provider` });

export default async function IdentityProviderPage({ params }: Props) {
  const { slug, name } = await params;
  await requireTenant(slug, `/identity-providers/${name}`);
  const row = await orNotFound((await caller()).objects.identityProviders.get({ slug, name }));
  await prefetched(trpc.radar.find.queryOptions({ slug, name }));
  return (
    <HydrateClient>
      <ProviderEditor slug={slug} row={row} />
    </HydrateClient>
  );
}
