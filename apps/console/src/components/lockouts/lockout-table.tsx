"use client";

import { RemoveButton } from "@/components/tenant/remove-button";
import { countOf } from "@/lib/format";
import type { LockoutRow } from "@/lib/rows";
import { Time } from "@/ui/time";
import { useLockouts } from "./use-lockouts";

/** `*` stands for a username that is slowed down from wherever it comes. */
const fromWhere = ({ address }: LockoutRow): string => (address === "*" ? "anywhere" : address);

const consequenceFor = ({ address, username }: LockoutRow): string =>
  address === "*"
    ? `Sign-ins as ${username} are no longer held back, at every node within a second, and their failures count from the beginning.`
    : `Requests from ${address}${username === null ? "" : ` that sign in as ${username}`} are looked at again, at every node within a second, and the failures count from the beginning.`;

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
            <td className="m fill" title={fromWhere(row)}>
              {fromWhere(row)}
              {row.username !== null && <span className="t3"> as {row.username}</span>}
            </td>
            <td className="t2 hide-s">
              {row.address === "*" ? "Slowed down after " : ""}
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
                  what={`lockout of ${fromWhere(row)}${row.username === null ? "" : ` as ${row.username}`}`}
                  short="lockout"
                  verb="End"
                  consequence={consequenceFor(row)}
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
