import { PolicyTestEditor } from "@/components/forms/lazy-editors";
import { orNotFound } from "@/lib/or-not-found";
import { requireTenant } from "@/lib/require-tenant";
import { caller } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string; name: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `${(await params).name}, policy test` });

export default async function TestPage({ params }: Props) {
  const { slug, name } = await params;
  await requireTenant(slug, `/tests/${name}`);
  const { objects } = await caller();
  const [row, routes, providers] = await Promise.all([
    orNotFound(objects.policyTests.get({ slug, name })),
    objects.routes.list({ slug }),
    objects.identityProviders.list({ slug }),
  ]);
  return <PolicyTestEditor slug={slug} row={row} routes={routes.map((route) => route.name)} providers={providers.map((provider) => provider.name)} />;
}
