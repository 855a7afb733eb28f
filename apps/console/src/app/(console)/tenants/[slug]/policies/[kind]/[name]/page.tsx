import { notFound } from "next/navigation";
import { TenantPolicy } from "@/components/forms/lazy-editors";
import { isPolicySegment, type PolicySegment } from "@/components/policies/policy-kinds";
import type { TenantPolicyRow } from "@/components/policies/tenant-policy";
import { orNotFound } from "@/lib/or-not-found";
import { requireTenant } from "@/lib/require-tenant";
import { caller } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string; kind: string; name: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `${(await params).name}, policy` });

async function readPolicy(segment: PolicySegment, slug: string, name: string): Promise<TenantPolicyRow> {
  const { objects } = await caller();
  switch (segment) {
    case "rate-limits":
      return { segment, row: await objects.rateLimitPolicies.get({ slug, name }) };
    case "propagation":
      return { segment, row: await objects.propagationPolicies.get({ slug, name }) };
    case "degradation":
      return { segment, row: await objects.degradationPolicies.get({ slug, name }) };
    default:
      return segment satisfies never;
  }
}

export default async function PolicyPage({ params }: Props) {
  const { slug, kind, name } = await params;
  await requireTenant(slug, `/policies/${kind}/${name}`);
  if (!isPolicySegment(kind)) notFound();
  const [policy, routes] = await Promise.all([orNotFound(readPolicy(kind, slug, name)), (await caller()).objects.routes.list({ slug })]);
  return <TenantPolicy slug={slug} policy={policy} routes={routes.map((route) => route.name)} />;
}
