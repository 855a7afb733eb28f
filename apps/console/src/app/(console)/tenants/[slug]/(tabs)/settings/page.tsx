import { TenantSettings } from "@/components/forms/lazy-editors";
import { requireTenant } from "@/lib/require-tenant";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Settings of ${(await params).slug}` });

export default async function TenantSettingsPage({ params }: Props) {
  await requireTenant((await params).slug, "/settings");
  return <TenantSettings />;
}
