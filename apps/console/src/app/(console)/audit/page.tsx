import { createLoader, type SearchParams } from "nuqs/server";
import { AUDIT_PER_PAGE, auditFilters } from "@/components/audit/audit-filters";
import { AuditPage } from "@/components/audit/audit-page";
import { parseAuditQuery } from "@/lib/audit-query";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "Audit log" };

const loadFilters = createLoader(auditFilters);

export default async function Page({ searchParams }: { searchParams: Promise<SearchParams> }) {
  await requirePermission("audit.read", "/audit");
  const { after } = await searchParams;
  const { query } = parseAuditQuery((await loadFilters(searchParams)).q);
  await prefetched(trpc.audit.list.queryOptions({ ...query, limit: AUDIT_PER_PAGE, cursor: typeof after === "string" ? after : undefined }));
  return (
    <HydrateClient>
      <AuditPage />
    </HydrateClient>
  );
}
