"use client";

import { useSlug } from "@/components/tenant/use-tenant";
import { RevocationList } from "./revocation-list";

/** What of one tenant nodes refuse without a publish. */
export function TenantRevocations() {
  return <RevocationList slug={useSlug()} />;
}
