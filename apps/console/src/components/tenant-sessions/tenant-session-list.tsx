"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { parseAsString, useQueryState } from "nuqs";
import { useCallback } from "react";
import { useMe } from "@/components/session/session-context";
import { RemoveButton } from "@/components/tenant/remove-button";
import { useSlug } from "@/components/tenant/use-tenant";
import { usePager } from "@/hooks/use-pager";
import { countOf } from "@/lib/format";
import { problemOf } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { PagerRow } from "@/ui/pager-row";
import { SearchBox } from "@/ui/search-box";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { NoStateStore } from "./no-state-store";
import { TenantSessionTable } from "./tenant-session-table";
import { useTenantSessions } from "./use-tenant-sessions";

/** Who of the tenant's people is signed in at the gateway, and how that ends. */
export function TenantSessionList() {
  const trpc = useTRPC();
  const slug = useSlug();
  const { can } = useMe();
  const pager = usePager();
  const { endAll, endOfSubject } = useTenantSessions(slug);
  const [subject, setSubject] = useQueryState("subject", parseAsString.withDefault(""));
  const { cursor } = pager;
  const list = useQuery(
    trpc.tenantSessions.list.queryOptions(
      { slug, ...(subject && { subject }), ...(cursor && { cursor }) },
      { placeholderData: keepPreviousData, refetchInterval: 15_000 },
    ),
  );
  const search = useCallback(
    (next: string) => {
      pager.first();
      void setSubject(next.trim() || null);
    },
    [pager.first, setSubject],
  );
  const mayEnd = can("session.end");
  const rows = list.data?.items ?? [];
  const isWhole = cursor === undefined && list.data?.nextCursor === null;
  // What the store said before is not what it says now: a list of people who may be gone would be a guess.
  if (list.error !== null && problemOf(list.error).code === "not_configured") return <NoStateStore slug={slug} />;
  return (
    <section className="room flush">
      <RoomHead
        title="Sessions"
        count={isWhole && rows.length > 0 && list.error === null ? rows.length : undefined}
        end={
          mayEnd &&
          rows.length > 0 &&
          list.error === null &&
          (subject ? (
            <RemoveButton
              what={`all sessions of ${subject}`}
              short="sessions"
              verb="End"
              consequence={`Whoever is signed in as ${subject} at ${slug} is signed out of every browser: the next request is refused at every node. The identity provider is not asked to sign anybody out.`}
              asksReason
              onRemove={(reason) => endOfSubject(subject, reason)}
            >
              End all of this subject…
            </RemoveButton>
          ) : (
            <RemoveButton
              what={`all sessions of ${slug}`}
              short="all sessions"
              verb="End"
              consequence={`Everybody who is signed in at ${slug} is signed out: the next request is refused at every node, and browsers go to the login again. Tokens and API keys go on working.`}
              asksReason
              onRemove={endAll}
            >
              End all…
            </RemoveButton>
          ))
        }
      />
      <div className="bar">
        <SearchBox label="Sessions of one subject" placeholder="Whole subject (sub)" value={subject} onSearch={search} />
      </div>
      <div className="tw">
        {list.isPending ? (
          <SkeletonRows rows={3} />
        ) : list.error !== null ? (
          <FailedState what="sessions" error={list.error} onRetry={() => void list.refetch()} />
        ) : rows.length > 0 ? (
          <TenantSessionTable slug={slug} rows={rows} mayEnd={mayEnd} onSubject={search} />
        ) : subject ? (
          <EmptyState
            title={`${subject} is not signed in`}
            action={
              <Button size="sm" onClick={() => search("")}>
                Show everybody
              </Button>
            }
          >
            The subject must be written as the identity provider writes it in <code>sub</code>, whole and in the same case.
          </EmptyState>
        ) : (
          <EmptyState title={`Nobody is signed in at ${slug}`}>
            People get a session when they sign in through the gateway, at an identity provider with a login and on routes that take sessions.
          </EmptyState>
        )}
      </div>
      {list.error === null && (cursor || list.data?.nextCursor) && (
        <PagerRow pager={pager} nextCursor={list.data?.nextCursor ?? null} shown={countOf(rows.length, "session")} />
      )}
    </section>
  );
}
