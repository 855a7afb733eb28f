"use client";

import { useQuery } from "@tanstack/react-query";
import { parseAsBoolean, parseAsString, useQueryState, useQueryStates } from "nuqs";
import { useCallback } from "react";
import { useMe } from "@/components/session/session-context";
import { useListKeys } from "@/hooks/use-list-keys";
import { countOf, inWords, sentence } from "@/lib/format";
import type { NodeRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button, LinkButton } from "@/ui/button";
import { Facet } from "@/ui/facet";
import { PageHead, RoomHead } from "@/ui/page-head";
import { RevisionFace } from "@/ui/revision-face";
import { SearchBox } from "@/ui/search-box";
import { EmptyState, FailedState, PageSkeleton } from "@/ui/states";
import { AddNodePanel } from "./add-node-panel";
import { NodeDrawer } from "./node-drawer";
import { NodeTable } from "./node-table";
import { SyncHealthMatrix } from "./sync-health-matrix";

/** Which node differs, and why? */
export function NodesPage() {
  const trpc = useTRPC();
  const { can } = useMe();
  const [filters, setFilters] = useQueryStates({ q: parseAsString.withDefault(""), group: parseAsString.withDefault("any"), cell: parseAsString });
  const [adding, setAdding] = useQueryState("add", parseAsBoolean.withDefault(false));
  const [open, setOpen] = useQueryState("node", parseAsString.withOptions({ history: "push" }));
  const nodes = useQuery(trpc.nodes.list.queryOptions(undefined, { refetchInterval: 2_000 }));
  const groups = useQuery(trpc.groups.list.queryOptions());
  const search = useCallback((q: string) => void setFilters({ q }), [setFilters]);
  const all = nodes.data ?? [];
  const shown = all.filter(
    (node) =>
      (filters.group === "any" || node.group === filters.group) &&
      (!filters.cell || `${node.sync}-${node.health}` === filters.cell) &&
      `${node.name} ${node.group} ${node.version}`.toLowerCase().includes(filters.q.toLowerCase()),
  );
  const { focused, focus } = useListKeys(
    shown.map((node) => node.name),
    { onOpen: (name) => void setOpen(name) },
  );
  const groupNames = groups.data?.map((group) => group.name) ?? [...new Set(all.map((node) => node.group))];
  const target = all.find((node) => node.sync === "live");

  if (nodes.isPending) return <PageSkeleton />;
  if (!nodes.data) return <FailedState what="nodes" error={nodes.error} onRetry={() => void nodes.refetch()} />;
  return (
    <>
      <PageHead
        title="Nodes"
        answer={answerOf(all)}
        actions={
          <>
            <LinkButton href="/groups">Groups and join tokens</LinkButton>
            {can("node.write") && (
              <Button variant="primary" onClick={() => void setAdding(true)}>
                Add node
              </Button>
            )}
          </>
        }
      />
      <div className="rooms split-l s:grid-cols-[minmax(0,520px)_minmax(0,1fr)]">
        <section className="room">
          <RoomHead title="Sync × health" end={<span className="hide-s">derived from heartbeats by the control plane</span>} />
          <SyncHealthMatrix nodes={all} chosen={filters.cell} onChoose={(cell) => void setFilters({ cell })} />
        </section>
        {adding ? (
          <AddNodePanel groups={groupNames} onClose={() => void setAdding(false)} />
        ) : (
          <section className="room">
            <RoomHead title="What the columns mean" />
            <dl className="kv">
              <dt>Sync</dt>
              <dd>whether a node runs the revision that its group should run</dd>
              <dt>Health</dt>
              <dd>whether it can serve: degraded as soon as it reports a problem or misses two heartbeats, silent after 15 s without one</dd>
              <dt>Face</dt>
              <dd>eight bars of the root hash; the one that looks different runs something else</dd>
            </dl>
          </section>
        )}
      </div>
      <div className="bar">
        <SearchBox label="Search nodes" placeholder="Name, group, version" value={filters.q} onSearch={search} />
        <Facet
          name="Group"
          value={filters.group}
          neutral="any"
          options={[{ value: "any", label: "any" }, ...groupNames.map((name) => ({ value: name, label: name }))]}
          onChoose={(group) => void setFilters({ group })}
        />
        <span className="grow" />
        {target && (
          <span className="row t3 hide-s">
            target <RevisionFace number={target.targetRevision} hash={target.rootHash} />
          </span>
        )}
      </div>
      {all.length === 0 ? (
        <EmptyState
          title="No node has joined yet"
          action={
            can("node.write") && (
              <Button size="sm" onClick={() => void setAdding(true)}>
                Add the first node
              </Button>
            )
          }
        >
          A node enrols with a one-time token and its own key; from then on it pulls what is published.
        </EmptyState>
      ) : shown.length === 0 ? (
        <EmptyState
          title="No node matches"
          action={
            <Button size="sm" onClick={() => void setFilters({ q: "", group: "any", cell: null })}>
              Clear the filters
            </Button>
          }
        >
          {countOf(all.length, "node")} are hidden by the search or a filter.
        </EmptyState>
      ) : (
        <NodeTable
          nodes={shown}
          focused={focused ?? open}
          onOpen={(name) => {
            focus(name);
            void setOpen(name);
          }}
        />
      )}
      <NodeDrawer name={open} onClose={() => void setOpen(null)} />
    </>
  );
}

function answerOf(nodes: readonly NodeRow[]): string {
  if (nodes.length === 0) return "A gateway node checks and passes on the requests of your tenants.";
  const odd = nodes.filter((node) => node.sync !== "live" || node.health !== "serving");
  const size = `${sentence(inWords(nodes.length))} ${nodes.length === 1 ? "node" : "nodes"}`;
  const [first] = odd;
  if (!first) return `${size}, all live and serving.`;
  if (odd.length > 1) return `${size}; ${inWords(odd.length)} differ.`;
  const why =
    first.sync === "refused"
      ? `it refused revision ${first.targetRevision}`
      : first.health === "serving"
        ? `it is ${first.sync}`
        : `it is ${first.health}`;
  return `${size}. ${first.name} differs: ${why}.`;
}
