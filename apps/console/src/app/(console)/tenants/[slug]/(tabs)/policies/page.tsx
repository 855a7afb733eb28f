import { PolicyList } from "@/components/policies/policy-list";
import { prefetched } from "@/lib/prefetched";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient, trpc } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Policies of ${(await params).slug}` });

export default async function PoliciesPage({ params }: Props) {
  const { slug } = await params;
  await requireTenant(slug, "/policies");
  await Promise.all([
    prefetched(trpc.objects.rateLimitPolicies.list.queryOptions({ slug })),
    prefetched(trpc.limitUses.ofTenant.queryOptions({ slug })),
    prefetched(trpc.fleet.settings.queryOptions()),
    prefetched(trpc.objects.propagationPolicies.list.queryOptions({ slug })),
    prefetched(trpc.objects.degradationPolicies.list.queryOptions({ slug })),
  ]);
  return (
    <HydrateClient>
      <PolicyList />
    </HydrateClient>
  );
}
