import { RouteList } from "@/components/routes/route-list";
import { prefetched } from "@/lib/prefetched";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient, trpc } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Routes of ${(await params).slug}` });

export default async function RoutesPage({ params }: Props) {
  const { slug } = await params;
  await requireTenant(slug, "/routes");
  await Promise.all([prefetched(trpc.objects.routes.list.queryOptions({ slug })), prefetched(trpc.objects.upstreams.list.queryOptions({ slug }))]);
  return (
    <HydrateClient>
      <RouteList />
    </HydrateClient>
  );
}
