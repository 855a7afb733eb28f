"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMe } from "@/components/session/session-context";
import { RemoveButton } from "@/components/tenant/remove-button";
import { useSlug } from "@/components/tenant/use-tenant";
import { countOf } from "@/lib/format";
import { problemOf } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { LinkButton } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { LockoutTable } from "./lockout-table";
import { NoStore } from "./no-store";
import { useLockouts } from "./use-lockouts";

/** Of more, the newest are shown: whoever is attacked by so many unlocks them together or not at all. */
const SHOWN = 200;

/** Who is locked out of the tenant after failed authentications, and how they are let in again. */
export function LockoutList() {
  const trpc = useTRPC();
  const slug = useSlug();
  const { can } = useMe();
  const { endAll } = useLockouts();
  const list = useQuery(trpc.lockouts.list.queryOptions({ slug, limit: SHOWN }, { placeholderData: keepPreviousData, refetchInterval: 5_000 }));
  const mayEnd = can("lockout.end");
  const { items: rows = [], total = 0 } = list.data ?? {};
  const isKnown = list.error === null && rows.length > 0;
  if (list.error !== null && problemOf(list.error).code === "not_configured")
    return (
      <section className="room">
        <RoomHead title="Lockouts" />
        <NoStore of={slug} />
      </section>
    );
  return (
    <section className="room flush">
      <RoomHead
        title="Lockouts"
        count={isKnown ? total : undefined}
        end={
          mayEnd &&
          isKnown && (
            <RemoveButton
              what={`all lockouts of ${slug}`}
              short="lockouts"
              verb="End"
              consequence={`${countOf(total, "address", "addresses")} may try again at ${slug}, at every node within a second. Somebody who tries credentials goes on with it.`}
              onRemove={() => endAll(slug)}
            >
              End all…
            </RemoveButton>
          )
        }
      />
      <div className="tw">
        {list.isPending ? (
          <SkeletonRows rows={3} />
        ) : list.error !== null ? (
          <FailedState what="lockouts" error={list.error} onRetry={() => void list.refetch()} />
        ) : rows.length > 0 ? (
          <LockoutTable slug={slug} rows={rows} mayEnd={mayEnd} />
        ) : (
          <EmptyState
            title={`Nobody is locked out of ${slug}`}
            action={
              <LinkButton size="sm" href={`/tenants/${slug}/policies/lockout`}>
                See the policy
              </LinkButton>
            }
          >
            An address that fails to authenticate again and again is refused for a time. How often and how long is a policy of the tenant or the
            fleet.
          </EmptyState>
        )}
      </div>
      {isKnown && total > rows.length && (
        <p className="bar t3">
          The newest {rows.length} of {total} are shown.
        </p>
      )}
    </section>
  );
}
