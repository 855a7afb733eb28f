"use client";

import { RemoveButton } from "@/components/tenant/remove-button";
import { countOf } from "@/lib/format";
import type { LockoutRow } from "@/lib/rows";
import { Time } from "@/ui/time";
import { useLockouts } from "./use-lockouts";

/** Lockouts as rows: from where, why, since and until when. */
export function LockoutTable({ slug, rows, mayEnd }: { slug: string; rows: readonly LockoutRow[]; mayEnd: boolean }) {
  const { end } = useLockouts(slug);
  return (
    <table className="closed">
      <thead>
        <tr>
          <th>Address</th>
          <th className="hide-s">Why</th>
          <th className="num hide-s">Since</th>
          <th className="num">Ends</th>
          {mayEnd && (
            <th className="num">
              <span className="sr">Actions</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td className="m fill" title={row.address}>
              {row.address}
            </td>
            <td className="t2 hide-s">
              {countOf(row.failures, "failed authentication")}, the last one <code>{row.reason}</code>
            </td>
            <td className="num t3 hide-s">
              <Time at={row.since} />
            </td>
            <td className="num t3">
              <Time at={row.until} as="until" />
            </td>
            {mayEnd && (
              <td className="num">
                <RemoveButton
                  size="xs"
                  what={`lockout of ${row.address}`}
                  short="lockout"
                  verb="End"
                  consequence={`Requests from ${row.address} are looked at again, at every node within a second, and its failures count from the beginning.`}
                  onRemove={() => end(row)}
                />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
