import Link from "next/link";
import { withoutScheme } from "@/lib/format";
import { FINDING_WORDS, RADAR_STATES } from "@/lib/radar-words";
import type { RadarRow } from "@/lib/rows";
import { classNames } from "@/ui/class-names";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

/** A provider's place in a list: its tenant and its name. */
export const keyOfRow = ({ tenant, identityProvider }: RadarRow): string => `${tenant ?? ""}/${identityProvider}`;
/** Where it is looked at; the fleet's default one stands with the fleet's settings. */
export const pathOf = ({ tenant, identityProvider }: RadarRow): string =>
  tenant === null ? "/settings" : `/tenants/${tenant}/identity-providers/${identityProvider}`;

export function RadarTable({ rows, focused, onFocus }: { rows: readonly RadarRow[]; focused: string | null; onFocus: (key: string) => void }) {
  return (
    <div className="tw">
      <table className="closed">
        <thead>
          <tr>
            <th>Tenant</th>
            <th className="hide-s">Provider</th>
            <th>State</th>
            <th className="hide-s">What was found</th>
            <th className="hide-s hide-l">Issuer</th>
            <th className="num hide-s">Keys</th>
            <th className="num">Asked</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const key = keyOfRow(row);
            const [tone, word] = RADAR_STATES[row.state];
            return (
              // biome-ignore lint/a11y/useKeyWithMouseEvents: the same focus is moved by j and k
              <tr key={key} data-row={key} className={classNames(focused === key && "foc")} onMouseOver={() => focused && onFocus(key)}>
                <td>
                  <Link className="b plain" href={pathOf(row)}>
                    {row.tenant ?? "All without one"}
                  </Link>
                </td>
                <td className="t2 hide-s">{row.identityProvider}</td>
                <td>
                  <Status tone={tone} coloured={row.state !== "well"}>
                    {word}
                  </Status>
                </td>
                <td className="fill t2 hide-s">
                  <Found row={row} />
                </td>
                <td className="m t2 hide-s hide-l" title={row.issuer}>
                  {withoutScheme(row.issuer)}
                </td>
                <td className="num m hide-s">{row.keys}</td>
                <td className="num t3">
                  <Time at={row.probedAt} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The most serious finding in words, and how many more there are. */
function Found({ row }: { row: RadarRow }) {
  const [first, ...more] = row.findings;
  if (first === undefined) return <span className="t3">–</span>;
  const what = first.code === "unreachable" ? (row.detail ?? first.detail) : `${FINDING_WORDS[first.code]}${first.kid ? `: ${first.kid}` : ""}`;
  return (
    <span title={first.detail}>
      {what}
      {more.length > 0 && <span className="t3"> +{more.length}</span>}
    </span>
  );
}
