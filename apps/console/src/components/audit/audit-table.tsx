"use client";

import { Fragment, lazy, Suspense, useState } from "react";
import { actionPhrase } from "@/lib/audit-words";
import type { AuditRow } from "@/lib/rows";
import { Icon } from "@/ui/icon";
import { SkeletonRows } from "@/ui/states";
import { Time } from "@/ui/time";

const ValueDiff = lazy(() => import("@/ui/value-diff"));

/** Who did what, from where; each row opens to what stood before and after. */
export function AuditTable({ rows }: { rows: readonly AuditRow[] }) {
  const [open, setOpen] = useState<string | null>(null);
  return (
    <div className="tw">
      <table className="closed">
        <thead>
          <tr>
            <th>When</th>
            <th>Who and what</th>
            <th className="hide-s">Action</th>
            <th className="hide-s hide-l">From</th>
            <th className="hide-s hide-l">Request</th>
            <th className="num">
              <span className="sr">Before and after</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const detailed = (row.before ?? row.after ?? null) !== null;
            return (
              <Fragment key={row.id}>
                <tr>
                  <td className="t3">
                    <Time at={row.at} />
                  </td>
                  <td className="fill">
                    <span className="b">{row.actorName}</span> <span className="t2">{actionPhrase(row)}</span>
                    {row.actorKind !== "person" && <span className="t3"> ({row.actorKind.replaceAll("_", " ")})</span>}
                  </td>
                  <td className="m t2 hide-s">{row.action}</td>
                  <td className="m t3 hide-s hide-l">{row.ip ?? "–"}</td>
                  <td className="m t3 hide-s hide-l">{row.requestId ?? "–"}</td>
                  <td className="num">
                    {detailed && (
                      <button
                        type="button"
                        className="btn gho ico"
                        aria-expanded={open === row.id}
                        aria-label={`Before and after: ${row.actorName} ${actionPhrase(row)}`}
                        onClick={() => setOpen(open === row.id ? null : row.id)}
                      >
                        <Icon name={open === row.id ? "down" : "right"} />
                      </button>
                    )}
                  </td>
                </tr>
                {open === row.id && (
                  <tr>
                    <td colSpan={6} className="open-cell">
                      <Suspense fallback={<SkeletonRows rows={3} />}>
                        <ValueDiff title={`${row.targetKind} ${row.targetName}`} before={row.before} after={row.after} />
                      </Suspense>
                    </td>
                  </tr>
                )}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
