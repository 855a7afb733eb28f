"use client";

import { reachWords, revokedThing } from "@/lib/revocation-words";
import type { RevocationRow } from "@/lib/rows";
import { classNames } from "@/ui/class-names";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

/** What is refused, why and by whom, and at how many nodes. */
export function RevocationTable({
  rows,
  ofFleet,
  past,
  focused,
  onOpen,
}: {
  rows: readonly RevocationRow[];
  ofFleet: boolean;
  past: boolean;
  focused: string | null;
  onOpen: (row: RevocationRow) => void;
}) {
  return (
    <table className="closed">
      <thead>
        <tr>
          <th>Refused</th>
          {ofFleet && <th className="hide-s">Tenant</th>}
          <th>{past ? "State" : "Nodes"}</th>
          <th className="hide-s">Why</th>
          <th className="hide-s hide-l">By</th>
          <th className="num">Since</th>
          <th className="num hide-s">{past ? "Ended" : "Until"}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const thing = revokedThing(row);
          const { tone, words } = reachWords(row);
          return (
            <tr key={row.id} className={classNames(focused === row.id && "foc")}>
              <td title={row.digest ?? thing.name}>
                <button type="button" className="link plain ell max-w-40 s:max-w-80" onClick={() => onOpen(row)}>
                  <span className="t2">{thing.kind}</span> <span className="m b">{thing.name}</span>
                </button>
              </td>
              {ofFleet && <td className="hide-s">{row.tenant}</td>}
              <td>
                <Status tone={tone} coloured={tone === "fail"}>
                  {words}
                </Status>
              </td>
              <td className="t2 fill hide-s" title={row.reason}>
                {row.reason}
              </td>
              <td className="t3 hide-s hide-l">{row.createdByName}</td>
              <td className="num t3">
                <Time at={row.createdAt} />
              </td>
              <td className="num t3 hide-s">
                {row.endedAt ? (
                  <Time at={row.endedAt} />
                ) : past ? (
                  <Time at={row.expiresAt} />
                ) : row.expiresAt ? (
                  <Time at={row.expiresAt} as="until" />
                ) : (
                  "published"
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
