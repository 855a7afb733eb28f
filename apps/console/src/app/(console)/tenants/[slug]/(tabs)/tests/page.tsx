import { TestList } from "@/components/policy-tests/test-list";
import { prefetched } from "@/lib/prefetched";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient, trpc } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Tests of ${(await params).slug}` });

export default async function TestsPage({ params }: Props) {
  const { slug } = await params;
  await requireTenant(slug, "/tests");
  await prefetched(trpc.objects.policyTests.list.queryOptions({ slug }));
  return (
    <HydrateClient>
      <TestList />
    </HydrateClient>
  );
}
