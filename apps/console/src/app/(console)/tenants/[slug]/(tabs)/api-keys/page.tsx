import { ApiKeyList } from "@/components/api-keys/api-key-list";
import { prefetched } from "@/lib/prefetched";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient, trpc } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `API keys of ${(await params).slug}` });

export default async function ApiKeysPage({ params }: Props) {
  const { slug } = await params;
  await requireTenant(slug, "/api-keys");
  await Promise.all([
    prefetched(trpc.apiKeys.list.queryOptions({ slug, show: "live" })),
    prefetched(trpc.objects.routes.list.queryOptions({ slug })),
  ]);
  return (
    <HydrateClient>
      <ApiKeyList />
    </HydrateClient>
  );
}
