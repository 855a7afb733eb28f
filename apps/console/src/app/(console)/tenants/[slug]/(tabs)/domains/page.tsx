import { TenantDomains } from "@/components/tenant/tenant-domains";
import { requireTenant } from "@/lib/require-tenant";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Domains of ${(await params).slug}` });

export default async function DomainsPage({ params }: Props) {
  await requireTenant((await params).slug, "/domains");
  return <TenantDomains />;
}
