"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useQueryStates } from "nuqs";
import { useCallback } from "react";
import { useMe } from "@/components/session/session-context";
import { RemoveButton } from "@/components/tenant/remove-button";
import { count, countOf } from "@/lib/format";
import { problemOf } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Facet } from "@/ui/facet";
import { PageHead } from "@/ui/page-head";
import { SearchBox } from "@/ui/search-box";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { isUnfiltered, KIND_OPTIONS, lockoutFilters, lockoutSearch, NO_FILTERS } from "./found";
import { LockoutTable } from "./lockout-table";
import { NoStore } from "./no-store";
import { useLockouts } from "./use-lockouts";

/** Who is locked out now, of any tenant? */
export function LockoutsPage() {
  const trpc = useTRPC();
  const { can } = useMe();
  const [filters, setFilters] = useQueryStates(lockoutFilters);
  const list = useQuery(trpc.lockouts.find.queryOptions(lockoutSearch(filters), { placeholderData: keepPreviousData, refetchInterval: 5_000 }));
  const ofTenant = useCallback((tenant: string) => void setFilters({ tenant: tenant.trim().toLowerCase() }), [setFilters]);
  const { endFound } = useLockouts();
  const { limit: _, ...by } = lockoutSearch(filters);
  const search = useCallback((q: string) => void setFilters({ q }), [setFilters]);
  const { items: rows = [], total } = list.data ?? {};
  const isUnknown = list.error !== null && problemOf(list.error).code === "not_configured";
  return (
    <>
      <PageHead
        title="Lockouts"
        answer={answerOf(list.error === null ? total : undefined, isUnfiltered(filters))}
        actions={
          can("lockout.end") &&
          rows.length > 0 &&
          !isUnfiltered(filters) && (
            <RemoveButton
              what={`all ${countOf(total ?? rows.length, "lockout")} like this`}
              short="lockouts"
              verb="End"
              consequence={`They end at ${whereOf(filters.tenant)}, at every node within a second, and the failures count from the beginning. Somebody who tries credentials goes on with it.`}
              onRemove={() => endFound(by)}
            >
              End all of these…
            </RemoveButton>
          )
        }
      />
      {isUnknown ? (
        <NoStore of="tenants" />
      ) : (
        <>
          <div className="bar">
            <SearchBox label="Address or username" placeholder="An address or username" value={filters.q} onSearch={search} />
            <SearchBox label="Of a tenant" placeholder="A tenant's slug" value={filters.tenant} slash={false} onSearch={ofTenant} />
            <Facet name="Whom" value={filters.kind} neutral="any" options={KIND_OPTIONS} onChoose={(kind) => void setFilters({ kind })} />
          </div>
          {list.isPending ? (
            <SkeletonRows rows={3} />
          ) : list.error !== null ? (
            <FailedState what="lockouts" error={list.error} onRetry={() => void list.refetch()} />
          ) : rows.length > 0 ? (
            <div className="tw">
              <LockoutTable slug={null} rows={rows} mayEnd={can("lockout.end")} />
            </div>
          ) : isUnfiltered(filters) ? (
            <EmptyState title="Nobody is locked out of any tenant">
              An address that fails to authenticate again and again is refused for a time. How often and how long is a policy of the fleet or of the
              tenant.
            </EmptyState>
          ) : (
            <EmptyState
              title="Nobody who matches is locked out"
              action={
                <Button size="sm" onClick={() => void setFilters(NO_FILTERS)}>
                  Clear the filters
                </Button>
              }
            >
              The filters may hide lockouts. Write a tenant&rsquo;s whole slug; of an address or a username a part is enough.
            </EmptyState>
          )}
          {total !== undefined && total > rows.length && (
            <p className="bar t3">
              The newest {rows.length} of {count(total)} are shown.
            </p>
          )}
        </>
      )}
    </>
  );
}

const whereOf = (tenant: string): string => (tenant === "" ? "every tenant" : tenant);

function answerOf(total: number | undefined, unfiltered: boolean): string {
  if (total === undefined) return "Who is refused after failed authentications, at any tenant.";
  if (!unfiltered) return `${countOf(total, "lockout")} like this now.`;
  return total === 0 ? "Nobody is locked out now." : `${countOf(total, "lockout")} now, the newest first.`;
}
