import { PolicyTestEditor } from "@/components/forms/lazy-editors";
import { requireTenant } from "@/lib/require-tenant";
import { caller } from "@/trpc/server";

export const metadata = { title: "Add a policy test" };

export default async function NewTestPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params;
  await requireTenant(slug, "/tests/new");
  const { objects } = await caller();
  const [routes, providers] = await Promise.all([objects.routes.list({ slug }), objects.identityProviders.list({ slug })]);
  return <PolicyTestEditor slug={slug} row={null} routes={routes.map(({ name }) => name)} providers={providers.map(({ name }) => name)} />;
}
