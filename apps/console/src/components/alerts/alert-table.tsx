"use client";

import { Fragment } from "react";
import { count, countOf } from "@/lib/format";
import type { AlertRow } from "@/lib/rows";
import { classNames } from "@/ui/class-names";
import { Severity, Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { ALERT_STATES } from "./alert-state";

interface Props {
  rows: readonly AlertRow[];
  grouped: boolean;
  focused: string | null;
  marked: ReadonlySet<number>;
  onMark: (numbers: readonly number[], on: boolean) => void;
  onOpen: (number: number) => void;
  markable: boolean;
}

/** Alerts, the last seen first; grouped by their kind where that is chosen. */
export function AlertTable({ rows, grouped, focused, marked, onMark, onOpen, markable }: Props) {
  const kinds = grouped ? [...new Set(rows.map((row) => row.kind))] : [null];
  const all = rows.length > 0 && rows.every((row) => marked.has(row.number));
  const some = !all && rows.some((row) => marked.has(row.number));
  return (
    <table className="closed">
      <thead>
        <tr>
          {markable && (
            <th className="pr-0">
              <input
                type="checkbox"
                className={classNames("chk", some && "some")}
                aria-label="Select all"
                checked={all}
                onChange={(event) =>
                  onMark(
                    rows.map((row) => row.number),
                    event.target.checked,
                  )
                }
              />
            </th>
          )}
          <th className="pr-0">
            <span className="sr">Severity</span>
          </th>
          <th>Alert</th>
          <th className="hide-s">Tenant</th>
          <th className="num">Events</th>
          <th className="hide-s">State</th>
          <th className="num" aria-sort="descending">
            Last ↓
          </th>
        </tr>
      </thead>
      <tbody>
        {kinds.map((kind) => {
          const members = kind === null ? rows : rows.filter((row) => row.kind === kind);
          return (
            <Fragment key={kind ?? "all"}>
              {kind !== null && (
                <tr className="grp">
                  <td colSpan={markable ? 7 : 6}>
                    <code className="b ink">{kind}</code>&ensp;{countOf(members.length, "alert")},{" "}
                    {countOf(
                      members.reduce((sum, row) => sum + row.count, 0),
                      "event",
                    )}
                  </td>
                </tr>
              )}
              {members.map((row) => {
                const key = String(row.number);
                const [tone, word] = ALERT_STATES[row.status];
                return (
                  <tr key={key} data-row={key} className={classNames(marked.has(row.number) && "sel", focused === key && "foc")}>
                    {markable && (
                      <td className="w-4 pr-0">
                        <input
                          type="checkbox"
                          className="chk"
                          aria-label={`Select A-${row.number}`}
                          checked={marked.has(row.number)}
                          onChange={(event) => onMark([row.number], event.target.checked)}
                        />
                      </td>
                    )}
                    <td className="w-5 pr-0">
                      <Severity of={row.severity} />
                    </td>
                    <td className="fill">
                      <button type="button" className="link plain ell" onClick={() => onOpen(row.number)}>
                        {row.title}
                      </button>
                    </td>
                    <td className="m t2 hide-s">{row.tenant ?? "–"}</td>
                    <td className="num m">{count(row.count)}</td>
                    <td className="hide-s">
                      <Status tone={tone}>{word}</Status>
                    </td>
                    <td className="num t3">
                      <Time at={row.lastSeenAt} />
                    </td>
                  </tr>
                );
              })}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}
