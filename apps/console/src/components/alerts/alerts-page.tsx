"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useQueryState, useQueryStates } from "nuqs";
import { useCallback, useState } from "react";
import { useMe } from "@/components/session/session-context";
import { useListKeys } from "@/hooks/use-list-keys";
import { usePager } from "@/hooks/use-pager";
import { countOf } from "@/lib/format";
import type { AlertRow } from "@/lib/rows";
import type { RouterOutputs } from "@/server/trpc/root";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { classNames } from "@/ui/class-names";
import { Facet } from "@/ui/facet";
import { PageHead } from "@/ui/page-head";
import { KeyHint, PagerRow } from "@/ui/pager-row";
import { SearchBox } from "@/ui/search-box";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { AlertDrawer } from "./alert-drawer";
import { AlertHistogram } from "./alert-histogram";
import { AlertTable } from "./alert-table";
import { AlertTabs } from "./alert-tabs";
import { alertFilters, alertListInput, openAlert, SEVERITY_FILTERS } from "./alert-views";
import { CloseDialog } from "./close-dialog";
import { useAlertActions } from "./use-alert-actions";

type Counts = RouterOutputs["alerts"]["list"]["counts"];

/** What must I act on first? */
export function AlertsPage() {
  const trpc = useTRPC();
  const { can } = useMe();
  const mayAct = can("alert.write");
  const pager = usePager();
  const [filters, setFilters] = useQueryStates(alertFilters);
  const [open, setOpen] = useQueryState("alert", openAlert.withOptions({ history: "push" }));
  const [held, setHeld] = useState(false);
  const [marked, setMarked] = useState<ReadonlySet<number>>(new Set());
  const [closing, setClosing] = useState<readonly AlertRow[]>([]);
  const { act } = useAlertActions();
  // Rows do not move under the pointer; what is new meanwhile is counted beside.
  const list = useQuery(
    trpc.alerts.list.queryOptions(alertListInput(filters, pager.cursor), {
      placeholderData: keepPreviousData,
      refetchInterval: held ? false : 3_000,
    }),
  );
  const newest = useQuery(trpc.alerts.list.queryOptions({ limit: 1 }, { refetchInterval: 5_000 }));
  const fresh = held && list.data && newest.data ? Math.max(0, newest.data.counts.needsSomebody - list.data.counts.needsSomebody) : 0;
  const rows = list.data?.items ?? [];
  const rowOf = (key: string) => rows.find((row) => String(row.number) === key);
  const kinds = [...new Set(rows.map((row) => row.kind))];
  const order = filters.grouped ? kinds.flatMap((kind) => rows.filter((row) => row.kind === kind)) : rows;
  const filtered = filters.q !== "" || filters.severity !== "any";
  const withRow = (action: (row: AlertRow) => void) => (key: string) => {
    const row = rowOf(key);
    if (row && mayAct) action(row);
  };
  const mark = (numbers: readonly number[], on: boolean) =>
    setMarked((known) => new Set(on ? [...known, ...numbers] : [...known].filter((number) => !numbers.includes(number))));
  const acknowledge = (row: AlertRow) => {
    if (row.status === "open") void act([row], { action: "acknowledge" });
  };

  const { focused, focus } = useListKeys(
    order.map((row) => String(row.number)),
    {
      onOpen: (key) => void setOpen(Number(key)),
      onMark: withRow((row) => mark([row.number], !marked.has(row.number))),
      extra: { a: withRow(acknowledge), e: withRow((row) => row.status !== "closed" && setClosing([row])) },
    },
  );
  const show = (number: number) => {
    focus(String(number));
    void setOpen(number);
  };
  const step = (by: 1 | -1) => {
    const next = order[order.findIndex((row) => row.number === open) + by];
    if (next) show(next.number);
  };
  const change = useCallback(
    (next: Parameters<typeof setFilters>[0]) => {
      pager.first();
      setMarked(new Set());
      void setFilters(next);
    },
    [pager.first, setFilters],
  );
  const search = useCallback((q: string) => change({ q }), [change]);
  const chosen = rows.filter((row) => marked.has(row.number));

  return (
    <div className={classNames(open !== null && "has-drawer")}>
      <PageHead title="Alerts" answer={list.data ? answerOf(list.data.counts, rows[0], filters.view === "needs") : "…"} />
      <AlertTabs view={filters.view} counts={list.data?.counts} onChoose={(view) => change({ view })} />
      <AlertHistogram />
      <div className="bar">
        <SearchBox label="Search alerts" placeholder="Title, kind, tenant or A-17" value={filters.q} onSearch={search} />
        <Facet
          name="Severity"
          value={filters.severity}
          neutral="any"
          options={SEVERITY_FILTERS.map((value) => ({ value, label: value }))}
          onChoose={(severity) => change({ severity })}
        />
        <Facet
          name="Group by"
          value={filters.grouped ? "kind" : "nothing"}
          neutral="kind"
          options={[
            { value: "kind", label: "kind" },
            { value: "nothing", label: "nothing" },
          ]}
          onChoose={(value) => void setFilters({ grouped: value === "kind" })}
        />
        <span className="grow" />
        {fresh > 0 && (
          <Button size="xs" onClick={() => void list.refetch()}>
            {fresh} new
          </Button>
        )}
      </div>
      {list.isPending ? (
        <SkeletonRows rows={8} />
      ) : !list.data ? (
        <FailedState what="alerts" error={list.error} onRetry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <NoAlerts filtered={filtered} view={filters.view} onClear={() => change({ q: "", severity: "any" })} />
      ) : (
        <>
          {/* biome-ignore lint/a11y/noStaticElementInteractions: only holds the rows still while they are read */}
          <div className="tw" onMouseEnter={() => setHeld(true)} onMouseLeave={() => setHeld(false)}>
            <AlertTable
              rows={order}
              grouped={filters.grouped}
              focused={focused ?? (open === null ? null : String(open))}
              marked={marked}
              onMark={mark}
              onOpen={show}
              markable={mayAct}
            />
          </div>
          <PagerRow
            pager={pager}
            nextCursor={list.data.nextCursor}
            shown={countOf(rows.length, "alert")}
            keys={
              <>
                <KeyHint keys={["j", "k"]} what="move" />
                <KeyHint keys={["Enter"]} what="open" />
                <KeyHint keys={["a"]} what="acknowledge" />
                <KeyHint keys={["e"]} what="close" />
              </>
            }
          />
          {chosen.length > 0 && (
            <div className="bulk" role="status">
              {chosen.length} selected
              <Button
                size="sm"
                onClick={() => {
                  void act(
                    chosen.filter((row) => row.status === "open"),
                    { action: "acknowledge" },
                  );
                  setMarked(new Set());
                }}
              >
                Acknowledge
              </Button>
              <Button size="sm" onClick={() => setClosing(chosen.filter((row) => row.status !== "closed"))}>
                Close…
              </Button>
              <Button size="sm" variant="ghost" onClick={() => setMarked(new Set())}>
                Clear
              </Button>
            </div>
          )}
        </>
      )}
      <AlertDrawer
        number={open}
        onClose={() => void setOpen(null)}
        onStep={step}
        onAcknowledge={acknowledge}
        onCloseAlert={(row) => setClosing([row])}
        onReopen={(row) => void act([row], { action: "reopen" })}
      />
      <CloseDialog
        open={closing.length > 0}
        what={closing.length === 1 && closing[0] ? `A-${closing[0].number}` : countOf(closing.length, "alert")}
        onClose={() => setClosing([])}
        onConfirm={(reason) => {
          void act(closing, { action: "close", reason });
          setClosing([]);
          setMarked(new Set());
        }}
      />
    </div>
  );
}

function NoAlerts({ filtered, view, onClear }: { filtered: boolean; view: string; onClear: () => void }) {
  if (filtered)
    return (
      <EmptyState
        title="No alert matches"
        action={
          <Button size="sm" onClick={onClear}>
            Clear the filters
          </Button>
        }
      >
        Alerts may be hidden by the search or the severity.
      </EmptyState>
    );
  if (view === "needs")
    return <EmptyState title="Nothing needs you">Nodes report what crosses a tenant&rsquo;s border; it appears here within seconds.</EmptyState>;
  return <EmptyState title="No alert in this view">The other views may have some.</EmptyState>;
}

function answerOf(counts: Counts, first: AlertRow | undefined, needs: boolean): string {
  if (counts.needsSomebody === 0) return "Nothing to deal with.";
  const parts = [counts.open > 0 && `${counts.open} open`, counts.acknowledged > 0 && `${counts.acknowledged} acknowledged`]
    .filter(Boolean)
    .join(", ");
  return `${counts.needsSomebody} to deal with: ${parts}.${needs && first ? ` Last: ${first.title}.` : ""}`;
}
