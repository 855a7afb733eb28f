"use client";

import { reachWords, revokedThing, tookWords } from "@/lib/revocation-words";
import type { RevocationRow } from "@/lib/rows";
import { classNames } from "@/ui/class-names";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

/** What was taken back, why and by whom, at how many nodes it is in effect, and how long that took. */
export function RevocationTable({
  rows,
  ofFleet,
  focused,
  onOpen,
}: {
  rows: readonly RevocationRow[];
  ofFleet: boolean;
  focused: string | null;
  onOpen: (row: RevocationRow) => void;
}) {
  return (
    <table className="closed">
      <thead>
        <tr>
          <th>Revoked</th>
          {ofFleet && <th className="hide-s">Tenant</th>}
          <th>In effect</th>
          <th className="num hide-s">After</th>
          <th className="hide-s">Why</th>
          <th className="hide-s hide-l">By</th>
          <th className="num">Since</th>
          <th className="num hide-s">Until</th>
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
              {ofFleet && <td className="hide-s">{row.tenant ?? <span className="t3">all</span>}</td>}
              <td>
                <Status tone={tone} coloured={tone === "fail"}>
                  {words}
                </Status>
              </td>
              <td className="num t2 hide-s">{tookWords(row.reach) ?? <span className="t3">–</span>}</td>
              <td className="t2 fill hide-s" title={row.reason ?? undefined}>
                {row.reason ?? <span className="t3">–</span>}
              </td>
              <td className="t3 hide-s hide-l">{row.createdByName}</td>
              <td className="num t3">
                <Time at={row.createdAt} />
              </td>
              <td className="num t3 hide-s">
                <Until of={row} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Until({ of: { state, endedAt, expiresAt } }: { of: RevocationRow }) {
  if (state === "final") return "for good";
  if (endedAt) return <Time at={endedAt} />;
  if (expiresAt) return <Time at={expiresAt} {...(state === "expired" ? {} : { as: "until" as const })} />;
  return "published";
}
