"use client";

import { Fragment } from "react";
import { figure } from "@/lib/format";
import type { NodeRow } from "@/lib/rows";
import { classNames } from "@/ui/class-names";
import { RevisionFace } from "@/ui/revision-face";
import { Spark } from "@/ui/spark";
import { Time } from "@/ui/time";
import { HealthStatus, SyncStatus } from "./node-states";

/** The fleet by group. The node that differs is seen by its face before it is read. */
export function NodeTable({ nodes, focused, onOpen }: { nodes: readonly NodeRow[]; focused: string | null; onOpen: (name: string) => void }) {
  const groups = [...new Set(nodes.map((node) => node.group))].sort();
  return (
    <div className="tw">
      <table className="closed">
        <thead>
          <tr>
            <th>Node</th>
            <th>Sync</th>
            <th>Health</th>
            <th className="hide-s">Revision</th>
            <th className="hide-s">Version</th>
            <th className="num hide-s">Heartbeat</th>
            <th className="hide-s hide-l">Last 24 h</th>
            <th className="num hide-s">Req/s</th>
            <th className="num hide-s">p50 µs</th>
            <th className="num hide-s">p95 µs</th>
            <th className="hide-s hide-l">Last error</th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => {
            const members = nodes.filter((node) => node.group === group);
            return (
              <Fragment key={group}>
                <tr className="grp">
                  <td colSpan={11}>
                    <span className="b ink">{group}</span>&ensp;{members.length} {members.length === 1 ? "node" : "nodes"},{" "}
                    {figure(members.reduce((sum, node) => sum + node.requestsPerSecond, 0))}/s
                  </td>
                </tr>
                {members.map((node) => (
                  <tr key={node.name} data-row={node.name} className={classNames(focused === node.name && "foc")}>
                    <td className="m b">
                      <button type="button" className="link plain" onClick={() => onOpen(node.name)}>
                        {node.name}
                      </button>
                    </td>
                    <td>
                      <SyncStatus node={node} />
                    </td>
                    <td>
                      <HealthStatus node={node} />
                    </td>
                    <td className="hide-s">
                      <RevisionFace number={node.revision} hash={node.rootHash} look={node.sync === "live" ? undefined : "odd"} />
                    </td>
                    <td className="m t2 hide-s">{node.version}</td>
                    <td className="num m t2 hide-s">
                      <Time at={node.lastHeartbeatAt} />
                    </td>
                    <td className="hide-s hide-l">
                      <Spark bars={node.spark.map((allowed) => ({ allowed, refused: 0 }))} />
                    </td>
                    <td className="num m hide-s">{figure(node.requestsPerSecond)}</td>
                    <td className="num m t2 hide-s">{node.p50 === null ? "–" : figure(node.p50)}</td>
                    <td className="num m t2 hide-s">{node.p95 === null ? "–" : figure(node.p95)}</td>
                    <td className={classNames("m fill hide-s hide-l", node.lastError === null && "t3")} title={node.lastError ?? undefined}>
                      {node.lastError ?? "–"}
                    </td>
                  </tr>
                ))}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
