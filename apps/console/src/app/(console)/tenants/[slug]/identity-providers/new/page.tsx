import { ProviderWizard } from "@/components/forms/lazy-editors";
import { requireTenant } from "@/lib/require-tenant";

export const metadata = { title: "Add an identity provider" };

export default async function NewIdentityProviderPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params;
  await requireTenant(slug, "/identity-providers/new");
  return <ProviderWizard slug={slug} />;
}
