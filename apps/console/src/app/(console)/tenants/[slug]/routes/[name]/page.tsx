import { RouteEditor } from "@/components/forms/lazy-editors";
import { orNotFound } from "@/lib/or-not-found";
import { requireTenant } from "@/lib/require-tenant";
import { caller } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string; name: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `${(await params).name}, route` });

export default async function RoutePage({ params }: Props) {
  const { slug, name } = await params;
  await requireTenant(slug, `/routes/${name}`);
  const api = await caller();
  const [row, upstreams] = await Promise.all([orNotFound(api.objects.routes.get({ slug, name })), api.objects.upstreams.list({ slug })]);
  return <RouteEditor slug={slug} row={row} upstreams={upstreams.map((upstream) => upstream.name)} />;
}
