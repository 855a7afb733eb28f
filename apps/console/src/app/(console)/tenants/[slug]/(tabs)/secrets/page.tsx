import { SecretList } from "@/components/secrets/secret-list";
import { prefetched } from "@/lib/prefetched";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient, trpc } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Secrets of ${(await params).slug}` });

export default async function SecretsPage({ params }: Props) {
  const { slug } = await params;
  await requireTenant(slug, "/secrets");
  await prefetched(trpc.secrets.list.queryOptions({ slug }));
  return (
    <HydrateClient>
      <SecretList />
    </HydrateClient>
  );
}
