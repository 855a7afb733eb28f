"use client";

import { AuditList } from "@/components/audit/audit-list";
import { useMe } from "@/components/session/session-context";
import { EmptyState } from "@/ui/states";

/** What was changed at one tenant. */
export function TenantActivity({ slug }: { slug: string }) {
  const { can } = useMe();
  if (!can("audit.read")) return <EmptyState title="Not for your role">The audit log needs the permission audit.read.</EmptyState>;
  return <AuditList query={{ tenant: slug }} empty={<EmptyState title="Nothing was changed yet">Changes of {slug} will stand here.</EmptyState>} />;
}
