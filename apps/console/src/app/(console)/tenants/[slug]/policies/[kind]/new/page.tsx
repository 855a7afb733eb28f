import { notFound } from "next/navigation";
import { TenantPolicy } from "@/components/forms/lazy-editors";
import { isPolicySegment } from "@/components/policies/policy-kinds";
import { requireTenant } from "@/lib/require-tenant";
import { caller } from "@/trpc/server";

export const metadata = { title: "Add a policy" };

export default async function NewPolicyPage({ params }: { params: Promise<{ slug: string; kind: string }> }) {
  const { slug, kind } = await params;
  await requireTenant(slug, `/policies/${kind}/new`);
  if (!isPolicySegment(kind)) notFound();
  const routes = await (await caller()).objects.routes.list({ slug });
  return <TenantPolicy slug={slug} policy={{ segment: kind, row: null }} routes={routes.map((route) => route.name)} />;
}
