"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { parseAsStringLiteral, useQueryState, useQueryStates } from "nuqs";
import { useCallback } from "react";
import { useMe } from "@/components/session/session-context";
import { useListKeys } from "@/hooks/use-list-keys";
import { usePager } from "@/hooks/use-pager";
import { countOf } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { Button, LinkButton } from "@/ui/button";
import { Facet } from "@/ui/facet";
import { PageHead } from "@/ui/page-head";
import { KeyHint, PagerRow } from "@/ui/pager-row";
import { SearchBox } from "@/ui/search-box";
import { Seg } from "@/ui/seg";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { HEIGHTS, SORTS, STATES, STATUSES, TENANTS_PER_PAGE, tenantFilters, tenantListInput } from "./tenant-filters";
import { TenantTable } from "./tenant-table";

const STATE_LABELS = { any: "any", unpublished: "unpublished", published: "published", without_idp: "without IdP" } as const;
const SORT_LABELS = { slug: "slug", name: "name", newest: "newest first" } as const;

/** Which tenant needs me? */
export function TenantList() {
  const trpc = useTRPC();
  const router = useRouter();
  const { can } = useMe();
  const pager = usePager();
  const [filters, setFilters] = useQueryStates(tenantFilters);
  const [height, setHeight] = useQueryState("rows", parseAsStringLiteral(HEIGHTS).withDefault("36"));
  const list = useQuery(
    trpc.tenants.list.queryOptions(tenantListInput(filters, pager.cursor), { placeholderData: keepPreviousData, refetchInterval: 15_000 }),
  );
  const rows = list.data?.items ?? [];
  const filtered = filters.q !== "" || filters.status !== "any" || filters.state !== "any";
  const { focused, focus } = useListKeys(
    rows.map((row) => row.slug),
    { onOpen: (slug) => router.push(`/tenants/${slug}`) },
  );
  const change = useCallback(
    (next: Parameters<typeof setFilters>[0]) => {
      pager.first();
      void setFilters(next);
    },
    [pager.first, setFilters],
  );
  const search = useCallback((q: string) => change({ q }), [change]);

  return (
    <>
      <PageHead
        title="Tenants"
        answer={list.data ? answerOf(list.data.total, rows.length, filtered) : "…"}
        actions={
          can("tenant.create") && (
            <LinkButton variant="primary" href="/tenants/new">
              Add tenant
            </LinkButton>
          )
        }
      />
      <div className="bar">
        <SearchBox label="Search tenants" placeholder="Slug, name, issuer or domain" value={filters.q} onSearch={search} />
        <Facet
          name="Status"
          value={filters.status}
          neutral="any"
          options={STATUSES.map((value) => ({ value, label: value }))}
          onChoose={(status) => change({ status })}
        />
        <Facet
          name="State"
          value={filters.state}
          neutral="any"
          options={STATES.map((value) => ({ value, label: STATE_LABELS[value] }))}
          onChoose={(state) => change({ state })}
        />
        <Facet
          name="Sort"
          value={filters.sort}
          neutral="slug"
          options={SORTS.map((value) => ({ value, label: SORT_LABELS[value] }))}
          onChoose={(sort) => change({ sort })}
        />
        <span className="grow" />
        <span className="hide-s">
          <Seg
            label="Row height"
            value={height}
            options={HEIGHTS.map((value) => ({ value, label: value }))}
            onChoose={(value) => void setHeight(value)}
          />
        </span>
      </div>
      {list.isPending ? (
        <SkeletonRows rows={12} />
      ) : !list.data ? (
        <FailedState what="tenants" error={list.error} onRetry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        filtered ? (
          <EmptyState
            title={filters.q ? `Nothing matches “${filters.q}”` : "No tenant is in this state"}
            action={
              <Button size="sm" onClick={() => change({ q: "", status: "any", state: "any" })}>
                Clear the filters
              </Button>
            }
          >
            Tenants may be hidden by the search or by a filter.
          </EmptyState>
        ) : (
          <EmptyState title="No tenants yet" action={can("tenant.create") && <LinkButton href="/tenants/new">Add the first tenant</LinkButton>}>
            A tenant is a customer with identity providers and routes of its own.
          </EmptyState>
        )
      ) : (
        <>
          <TenantTable rows={rows} focused={focused} onFocus={focus} height={height} />
          <PagerRow
            pager={pager}
            nextCursor={list.data.nextCursor}
            shown={list.data.total === undefined ? countOf(rows.length, "tenant") : `${rows.length} of ${countOf(list.data.total, "tenant")}`}
            keys={
              <>
                <KeyHint keys={["j", "k"]} what="move" />
                <KeyHint keys={["Enter"]} what="open" />
                <KeyHint keys={["/"]} what="search" />
              </>
            }
          />
        </>
      )}
    </>
  );
}

function answerOf(total: number | undefined, shown: number, filtered: boolean): string {
  const all = total ?? shown;
  const size = total === undefined && shown === TENANTS_PER_PAGE ? `${TENANTS_PER_PAGE} tenants or more` : countOf(all, "tenant");
  return filtered ? `${size} match.` : `${size}.`;
}
