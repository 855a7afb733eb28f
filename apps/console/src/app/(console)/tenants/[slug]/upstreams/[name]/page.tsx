import { UpstreamEditor } from "@/components/forms/lazy-editors";
import { orNotFound } from "@/lib/or-not-found";
import { requireTenant } from "@/lib/require-tenant";
import { caller } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string; name: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `${(await params).name}, upstream` });

export default async function UpstreamPage({ params }: Props) {
  const { slug, name } = await params;
  await requireTenant(slug, `/upstreams/${name}`);
  return <UpstreamEditor slug={slug} row={await orNotFound((await caller()).objects.upstreams.get({ slug, name }))} />;
}
