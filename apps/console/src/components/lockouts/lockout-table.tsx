"use client";

import Link from "next/link";
import { RemoveButton } from "@/components/tenant/remove-button";
import { countOf } from "@/lib/format";
import type { LockoutRow } from "@/lib/rows";
import { Time } from "@/ui/time";
import { useLockouts } from "./use-lockouts";

/** `*` stands for a username that is slowed down from wherever it comes. */
const fromWhere = ({ kind, address }: LockoutRow): string => (kind === "username" ? "anywhere" : address);

const consequenceFor = ({ kind, address, username }: LockoutRow, slug: string): string =>
  kind === "username"
    ? `Sign-ins at ${slug} as ${username} are no longer held back, at every node within a second, and their failures count from the beginning.`
    : `Requests to ${slug} from ${address}${username === null ? "" : ` that sign in as ${username}`} are looked at again, at every node within a second, and the failures count from the beginning.`;

/** Lockouts as rows: from where, why, since and until when. @param slug of the tenant whose list it is; null where each row names its own */
export function LockoutTable({
  slug,
  rows,
  mayEnd,
}: {
  slug: string | null;
  rows: readonly (LockoutRow & { readonly tenant?: string })[];
  mayEnd: boolean;
}) {
  const { end } = useLockouts();
  return (
    <table className="closed">
      <thead>
        <tr>
          {slug === null && <th>Tenant</th>}
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
        {rows.map((row) => {
          const of = slug ?? row.tenant ?? "";
          return (
            <tr key={row.id}>
              {slug === null && (
                <td>
                  <Link className="plain" href={`/tenants/${of}/lockouts`}>
                    {of}
                  </Link>
                </td>
              )}
              <td className="m fill" title={`${fromWhere(row)}${row.username === null ? "" : ` as ${row.username}`}`}>
                {fromWhere(row)}
                {row.username !== null && <span className="t3"> as {row.username}</span>}
              </td>
              <td className="t2 hide-s">
                {row.kind === "username" ? "Slowed down after " : ""}
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
                    consequence={consequenceFor(row, of)}
                    onRemove={() => end(of, row)}
                  />
                </td>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
