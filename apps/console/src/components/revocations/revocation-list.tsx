"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { parseAsString, useQueryState, useQueryStates } from "nuqs";
import { useCallback } from "react";
import { usePager } from "@/hooks/use-pager";
import { countOf } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { Facet } from "@/ui/facet";
import { PagerRow } from "@/ui/pager-row";
import { SearchBox } from "@/ui/search-box";
import { FailedState, SkeletonRows } from "@/ui/states";
import { NoRevocations } from "./no-revocations";
import { RevocationDrawer } from "./revocation-drawer";
import { RevocationTable } from "./revocation-table";
import { RevokeButton } from "./revoke-button";
import { KIND_OPTIONS, revocationFilters, revocationListInput, SHOWN_OPTIONS } from "./shown";

/** What was taken back at once, of one tenant or, with null, of all, and where it is in effect. */
export function RevocationList({ slug }: { slug: string | null }) {
  const trpc = useTRPC();
  const pager = usePager();
  const [filters, setFilters] = useQueryStates(revocationFilters);
  const [open, setOpen] = useQueryState("open", parseAsString.withOptions({ history: "push" }));
  const { cursor } = pager;
  const input = revocationListInput(filters, slug, cursor);
  const options = { placeholderData: keepPreviousData, refetchInterval: 3_000 };
  const ofFleet = useQuery(trpc.revocations.list.queryOptions(input, { ...options, enabled: slug === null }));
  const ofTenant = useQuery(trpc.revocations.listOf.queryOptions({ slug: slug ?? "", ...input }, { ...options, enabled: slug !== null }));
  const list = slug === null ? ofFleet : ofTenant;
  const rows = list.data?.items ?? [];
  const change = useCallback(
    (next: Parameters<typeof setFilters>[0]) => {
      pager.first();
      void setFilters(next);
    },
    [pager.first, setFilters],
  );
  const search = useCallback((tenant: string) => change({ tenant: tenant.trim().toLowerCase() }), [change]);
  return (
    <>
      <div className="bar">
        {slug === null && <SearchBox label="Of a tenant" placeholder="A tenant's slug" value={filters.tenant} onSearch={search} />}
        <Facet
          name="What"
          value={filters.kind}
          neutral="any"
          options={slug === null ? KIND_OPTIONS.fleet : KIND_OPTIONS.tenant}
          onChoose={(kind) => change({ kind })}
        />
        <Facet name="State" value={filters.show} neutral="all" options={SHOWN_OPTIONS} onChoose={(show) => change({ show })} />
        <span className="grow" />
        {slug !== null && <RevokeButton slug={slug} />}
      </div>
      {list.isPending ? (
        <SkeletonRows rows={3} />
      ) : !list.data ? (
        <FailedState what="revocations" error={list.error} onRetry={() => void list.refetch()} />
      ) : rows.length === 0 && cursor === undefined ? (
        <NoRevocations slug={slug} filters={filters} onClear={() => change({ show: "all", kind: "any", tenant: "" })} />
      ) : (
        <>
          <div className="tw">
            <RevocationTable rows={rows} ofFleet={slug === null} focused={open} onOpen={({ id }) => void setOpen(id)} />
          </div>
          <PagerRow pager={pager} nextCursor={list.data.nextCursor} shown={countOf(list.data.total ?? rows.length, "revocation")} />
        </>
      )}
      <RevocationDrawer id={open} onClose={() => void setOpen(null)} />
    </>
  );
}
