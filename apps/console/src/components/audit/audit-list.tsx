"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { usePager } from "@/hooks/use-pager";
import type { AuditQuery } from "@/lib/audit-query";
import { countOf } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { PagerRow } from "@/ui/pager-row";
import { FailedState, SkeletonRows } from "@/ui/states";
import { AUDIT_PER_PAGE } from "./audit-filters";
import { AuditTable } from "./audit-table";

/** A page of the audit log for one query. */
export function AuditList({ query, empty }: { query: AuditQuery; empty: ReactNode }) {
  const trpc = useTRPC();
  const pager = usePager();
  const list = useQuery(
    trpc.audit.list.queryOptions(
      { ...query, limit: AUDIT_PER_PAGE, cursor: pager.cursor },
      { placeholderData: keepPreviousData, refetchInterval: 15_000 },
    ),
  );
  if (list.isPending) return <SkeletonRows rows={10} />;
  if (!list.data) return <FailedState what="the audit log" error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data.items.length === 0) return empty;
  return (
    <>
      <AuditTable rows={list.data.items} />
      <PagerRow pager={pager} nextCursor={list.data.nextCursor} shown={countOf(list.data.items.length, "entry", "entries")} />
    </>
  );
}
