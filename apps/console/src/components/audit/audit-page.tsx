"use client";

import { useQueryStates } from "nuqs";
import { useCallback } from "react";
import { usePager } from "@/hooks/use-pager";
import { parseAuditQuery } from "@/lib/audit-query";
import { Button } from "@/ui/button";
import { PageHead } from "@/ui/page-head";
import { SearchBox } from "@/ui/search-box";
import { EmptyState } from "@/ui/states";
import { Status } from "@/ui/status";
import { auditFilters } from "./audit-filters";
import { AuditList } from "./audit-list";

/** Who changed this, when, from where? */
export function AuditPage() {
  const [{ q }, setFilters] = useQueryStates(auditFilters);
  const pager = usePager();
  const { query, unread } = parseAuditQuery(q);
  const search = useCallback(
    (next: string) => {
      pager.first();
      void setFilters({ q: next });
    },
    [pager.first, setFilters],
  );
  return (
    <>
      <PageHead title="Audit log" answer="Every change with who made it, from where, and what stood before and after. Secrets are left out." />
      <div className="bar audit-search">
        <SearchBox label="Search the audit log" placeholder="actor: action: target: tenant: created:>=2026-01-31" value={q} onSearch={search} />
        {unread.length > 0 && (
          <Status tone="att">
            not understood: <code>{unread.join(" ")}</code>
          </Status>
        )}
      </div>
      <AuditList
        query={query}
        empty={
          q ? (
            <EmptyState
              title="No entry matches"
              action={
                <Button size="sm" onClick={() => search("")}>
                  Clear the search
                </Button>
              }
            >
              Entries stay for ever; the search may hide them.
            </EmptyState>
          ) : (
            <EmptyState title="No changes yet">The first change will stand here.</EmptyState>
          )
        }
      />
    </>
  );
}
