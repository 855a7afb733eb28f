import type { ReactNode } from "react";
import { TenantHead } from "@/components/tenant/tenant-head";
import { prefetched } from "@/lib/prefetched";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient, trpc } from "@/trpc/server";

export default async function TenantLayout({ params, children }: { params: Promise<{ slug: string }>; children: ReactNode }) {
  const { slug } = await params;
  await requireTenant(slug);
  await prefetched(trpc.draft.diff.queryOptions({ tenant: slug }));
  return (
    <HydrateClient>
      <TenantHead />
      {children}
    </HydrateClient>
  );
}
