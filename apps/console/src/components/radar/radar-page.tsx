"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useQueryStates } from "nuqs";
import { useCallback } from "react";
import { useListKeys } from "@/hooks/use-list-keys";
import { usePager } from "@/hooks/use-pager";
import { countOf, sentence } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Facet } from "@/ui/facet";
import { PageHead } from "@/ui/page-head";
import { KeyHint, PagerRow } from "@/ui/pager-row";
import { SearchBox } from "@/ui/search-box";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { isUnfiltered, NO_FILTERS, type RadarFilters, radarFilters, radarSearch, STATE_OPTIONS } from "./radar-filters";
import { keyOfRow, pathOf, RadarTable } from "./radar-table";

/** Which identity provider is in trouble, or about to be? */
export function RadarPage() {
  const trpc = useTRPC();
  const router = useRouter();
  const pager = usePager();
  const [filters, setFilters] = useQueryStates(radarFilters);
  const list = useQuery(
    trpc.radar.list.queryOptions(radarSearch(filters, pager.cursor), { placeholderData: keepPreviousData, refetchInterval: 10_000 }),
  );
  const change = useCallback(
    (next: Partial<RadarFilters>) => {
      pager.first();
      void setFilters(next);
    },
    [pager.first, setFilters],
  );
  const search = useCallback((q: string) => change({ q }), [change]);
  const rows = list.data?.items ?? [];
  const { focused, focus } = useListKeys(rows.map(keyOfRow), {
    onOpen: (key) => {
      const row = rows.find((each) => keyOfRow(each) === key);
      if (row) router.push(pathOf(row));
    },
  });
  return (
    <>
      <PageHead title="IdP radar" answer={answerOf(list.data?.counts)} />
      <div className="bar">
        <SearchBox label="Search identity providers" placeholder="Tenant, provider or issuer" value={filters.q} onSearch={search} />
        <Facet name="State" value={filters.state} neutral="any" options={STATE_OPTIONS} onChoose={(state) => change({ state })} />
      </div>
      {list.isPending ? (
        <SkeletonRows rows={8} />
      ) : !list.data ? (
        <FailedState what="identity providers" error={list.error} onRetry={() => void list.refetch()} />
      ) : rows.length > 0 ? (
        <>
          <RadarTable rows={rows} focused={focused} onFocus={focus} />
          <PagerRow
            pager={pager}
            nextCursor={list.data.nextCursor}
            shown={`${rows.length} of ${countOf(list.data.total, "identity provider")}`}
            keys={
              <>
                <KeyHint keys={["j", "k"]} what="move" />
                <KeyHint keys={["Enter"]} what="open" />
                <KeyHint keys={["/"]} what="search" />
              </>
            }
          />
        </>
      ) : isUnfiltered(filters) ? (
        <EmptyState title="No identity provider is live yet">
          The radar asks each identity provider that has been published for its discovery document and its keys, and says here what it finds.
        </EmptyState>
      ) : (
        <EmptyState
          title={filters.q ? `Nothing matches “${filters.q}”` : "No identity provider is in this state"}
          action={
            <Button size="sm" onClick={() => change(NO_FILTERS)}>
              Clear the filters
            </Button>
          }
        >
          Identity providers may be hidden by the search or by the filter.
        </EmptyState>
      )}
    </>
  );
}

type Counts = Readonly<Record<"failing" | "attention" | "waiting" | "well", number>>;

function answerOf(counts: Counts | undefined): string {
  if (counts === undefined) return "…";
  const { failing, attention, waiting, well } = counts;
  const all = failing + attention + waiting + well;
  if (all === 0) return "Nothing is asked yet.";
  const parts = [
    ...(failing > 0 ? [`${countOf(failing, "identity provider")} ${failing === 1 ? "brings" : "bring"} no keys`] : []),
    ...(attention > 0 ? [`${failing > 0 ? attention : countOf(attention, "identity provider")} should be looked at`] : []),
    ...(waiting > 0 ? [`${failing + attention > 0 ? waiting : countOf(waiting, "identity provider")} not asked yet`] : []),
  ];
  return parts.length === 0 ? `${countOf(all, "identity provider")}, all well.` : `${sentence(parts.join(", "))}; ${well} well.`;
}
