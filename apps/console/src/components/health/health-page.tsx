"use client";

import { useQuery } from "@tanstack/react-query";
import { parseAsString, parseAsStringLiteral, useQueryState, useQueryStates } from "nuqs";
import { useCallback } from "react";
import { useListKeys } from "@/hooks/use-list-keys";
import { countOf, inWords, sentence } from "@/lib/format";
import type { HealthCheckRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Facet } from "@/ui/facet";
import { Icon } from "@/ui/icon";
import { PageHead } from "@/ui/page-head";
import { SearchBox } from "@/ui/search-box";
import { EmptyState, FailedState, PageSkeleton } from "@/ui/states";
import { Time } from "@/ui/time";
import { CheckDrawer } from "./check-drawer";
import { CHECK_STATES } from "./check-states";
import { CheckTable } from "./check-table";
import { useRecheck } from "./use-recheck";

const CHOICES = ["any", "fail", "warn", "unknown", "ok"] as const;

/** What is looked at, and what does not hold? */
export function HealthPage() {
  const trpc = useTRPC();
  const [filters, setFilters] = useQueryStates({ q: parseAsString.withDefault(""), state: parseAsStringLiteral(CHOICES).withDefault("any") });
  const [open, setOpen] = useQueryState("check", parseAsString.withOptions({ history: "push" }));
  const checks = useQuery(trpc.health.list.queryOptions(undefined, { refetchInterval: 10_000 }));
  const { recheck, busy } = useRecheck();
  const search = useCallback((q: string) => void setFilters({ q }), [setFilters]);
  const all = checks.data ?? [];
  const shown = all.filter(
    (row) =>
      (filters.state === "any" || row.state === filters.state) &&
      `${row.id} ${row.title} ${row.area} ${row.problems.map(({ title }) => title).join(" ")}`.toLowerCase().includes(filters.q.toLowerCase()),
  );
  const { focused, focus } = useListKeys(
    shown.map(({ id }) => id),
    { onOpen: (id) => void setOpen(id) },
  );

  if (checks.isPending) return <PageSkeleton />;
  if (!checks.data) return <FailedState what="health checks" error={checks.error} onRetry={() => void checks.refetch()} />;
  return (
    <>
      <PageHead
        title="Health checks"
        answer={answerOf(all)}
        actions={
          <Button busy={checks.isFetching && !checks.isRefetching} onClick={() => void checks.refetch()}>
            <Icon name="recheck" />
            Re-check all
          </Button>
        }
      />
      <div className="bar">
        <SearchBox label="Search health checks" placeholder="Id, name, what was found" value={filters.q} onSearch={search} />
        <Facet
          name="State"
          value={filters.state}
          neutral="any"
          options={CHOICES.map((value) => ({ value, label: value === "any" ? "any" : CHECK_STATES[value][1].toLowerCase() }))}
          onChoose={(state) => void setFilters({ state })}
        />
        <span className="grow" />
        <span className="t3 hide-s">
          evaluated <Time at={checks.dataUpdatedAt} as="phrase" />
        </span>
      </div>
      {shown.length === 0 ? (
        <EmptyState
          title="No check matches"
          action={
            <Button size="sm" onClick={() => void setFilters({ q: "", state: "any" })}>
              Clear the filters
            </Button>
          }
        >
          {countOf(all.length, "check")} are hidden by the search or a filter.
        </EmptyState>
      ) : (
        <CheckTable
          rows={shown}
          focused={focused ?? open}
          busy={busy}
          onOpen={(id) => {
            focus(id);
            void setOpen(id);
          }}
          onRecheck={recheck}
        />
      )}
      <CheckDrawer
        row={all.find(({ id }) => id === open) ?? null}
        busy={busy === open && busy !== null}
        onRecheck={recheck}
        onClose={() => void setOpen(null)}
      />
    </>
  );
}

function answerOf(rows: readonly HealthCheckRow[]): string {
  const of = (state: HealthCheckRow["state"]): number => rows.filter((row) => row.state === state).length;
  const [fail, warn, unknown] = [of("fail"), of("warn"), of("unknown")];
  const parts = [
    ...(fail > 0 ? [`${inWords(fail)} ${fail === 1 ? "fails" : "fail"}`] : []),
    ...(warn > 0 ? [`${inWords(warn)} ${warn === 1 ? "warns" : "warn"}`] : []),
    ...(unknown > 0 ? [`${inWords(unknown)} ${unknown === 1 ? "is" : "are"} unknown`] : []),
  ];
  const size = `${sentence(inWords(rows.length))} checks`;
  return parts.length === 0 ? `${size}, all of them hold.` : `${size}; ${parts.join(", ")}.`;
}
