import { TenantCertificates } from "@/components/forms/lazy-editors";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Client certificates of ${(await params).slug}` });

export default async function CertificatesPage({ params }: Props) {
  await requireTenant((await params).slug, "/certificates");
  return (
    <HydrateClient>
      <TenantCertificates />
    </HydrateClient>
  );
}
