import { RouteEditor } from "@/components/forms/lazy-editors";
import { requireTenant } from "@/lib/require-tenant";
import { caller } from "@/trpc/server";

export const metadata = { title: "Add a route" };

export default async function NewRoutePage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params;
  await requireTenant(slug, "/routes/new");
  const upstreams = await (await caller()).objects.upstreams.list({ slug });
  return <RouteEditor slug={slug} row={null} upstreams={upstreams.map((upstream) => upstream.name)} />;
}
