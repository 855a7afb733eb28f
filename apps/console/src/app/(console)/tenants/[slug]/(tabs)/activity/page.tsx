import { TenantActivity } from "@/components/tenant/tenant-activity";
import { requireTenant } from "@/lib/require-tenant";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Activity of ${(await params).slug}` });

export default async function ActivityPage({ params }: Props) {
  const { slug } = await params;
  await requireTenant(slug, "/activity");
  return <TenantActivity slug={slug} />;
}
