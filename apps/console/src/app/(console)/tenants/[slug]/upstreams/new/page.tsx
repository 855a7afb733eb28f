import { UpstreamEditor } from "@/components/forms/lazy-editors";
import { requireTenant } from "@/lib/require-tenant";

export const metadata = { title: "Add an upstream" };

export default async function NewUpstreamPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params;
  await requireTenant(slug, "/upstreams/new");
  return <UpstreamEditor slug={slug} row={null} />;
}
