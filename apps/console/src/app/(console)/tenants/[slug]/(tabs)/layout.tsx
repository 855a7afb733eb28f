import type { ReactNode } from "react";
import { TenantHead } from "@/components/tenant/tenant-head";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient } from "@/trpc/server";

export default async function TenantLayout({ params, children }: { params: Promise<{ slug: string }>; children: ReactNode }) {
  await requireTenant((await params).slug);
  return (
    <HydrateClient>
      <TenantHead />
      {children}
    </HydrateClient>
  );
}
