"use client";

import { Fragment } from "react";
import type { HealthCheckRow } from "@/lib/rows";
import { Button } from "@/ui/button";
import { classNames } from "@/ui/class-names";
import { Severity, Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { CHECK_STATES, findingsOf } from "./check-states";

interface Props {
  rows: readonly HealthCheckRow[];
  focused: string | null;
  busy: string | null;
  onOpen: (id: string) => void;
  onRecheck: (id: HealthCheckRow["id"]) => void;
}

/** Checks by what they are about. Of one that holds stands what it looks at; of others what they found. */
export function CheckTable({ rows, focused, busy, onOpen, onRecheck }: Props) {
  const areas = [...new Set(rows.map(({ area }) => area))];
  return (
    <div className="tw">
      <table className="closed">
        <thead>
          <tr>
            <th>State</th>
            <th>Check</th>
            <th className="hide-s">Id</th>
            <th className="hide-s hide-l">Found, or looked at</th>
            <th className="num hide-s">Since</th>
            <th className="num hide-s">
              <span className="sr-only">Re-check</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {areas.map((area) => (
            <Fragment key={area}>
              <tr className="grp">
                <td colSpan={6}>
                  <span className="b ink">{area}</span>
                </td>
              </tr>
              {rows
                .filter((row) => row.area === area)
                .map((row) => (
                  <tr key={row.id} data-row={row.id} className={classNames(focused === row.id && "foc")}>
                    <td>
                      <Status tone={CHECK_STATES[row.state][0]}>{CHECK_STATES[row.state][1]}</Status>
                    </td>
                    <td className="b">
                      <button type="button" className="link plain" onClick={() => onOpen(row.id)}>
                        {row.title}
                      </button>
                    </td>
                    <td className="m t2 hide-s">{row.id}</td>
                    <td className={classNames("fill hide-s hide-l", row.problems.length === 0 && "t3")} title={findingsOf(row)}>
                      {row.problems.length > 0 && (
                        <>
                          <Severity of={row.severity} />{" "}
                        </>
                      )}
                      {findingsOf(row)}
                    </td>
                    <td className="num m t2 hide-s">
                      <Time at={row.since} />
                    </td>
                    <td className="num hide-s w-23">
                      <Button size="xs" busy={busy === row.id} onClick={() => onRecheck(row.id)} aria-label={`Re-check ${row.id}: ${row.title}`}>
                        Re-check
                      </Button>
                    </td>
                  </tr>
                ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}
