"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { count, percent, withoutScheme } from "@/lib/format";
import type { TenantRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { classNames } from "@/ui/class-names";
import { Spark } from "@/ui/spark";
import { Status } from "@/ui/status";
import { TenantState } from "./tenant-state";

const HEIGHT_CLASS = { "30": "tight", "36": undefined, "44": "loose" } as const;

/** The first of a list, and how many more there are. */
function FirstOf({ list }: { list: readonly string[] }) {
  const [first, ...rest] = list;
  if (first === undefined) return <span className="t3">–</span>;
  return (
    <>
      {first}
      {rest.length > 0 && <span className="t3"> +{rest.length}</span>}
    </>
  );
}

export function TenantTable({
  rows,
  focused,
  onFocus,
  height,
}: {
  rows: readonly TenantRow[];
  focused: string | null;
  onFocus: (slug: string) => void;
  height: keyof typeof HEIGHT_CLASS;
}) {
  const trpc = useTRPC();
  const slugs = rows.map((row) => row.slug);
  const stats = useQuery(trpc.tenants.stats.queryOptions({ slugs }, { placeholderData: keepPreviousData, refetchInterval: 30_000 }));
  return (
    <div className="tw">
      <table className={classNames("closed", HEIGHT_CLASS[height])}>
        <thead>
          <tr>
            <th>Tenant</th>
            <th>State</th>
            <th className="hide-s">Issuer</th>
            <th className="hide-s hide-l">Domain</th>
            <th className="hide-s">24 h</th>
            <th className="num hide-s">Requests</th>
            <th className="num">Refused</th>
            <th className="hide-s">Change</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const stat = stats.data?.[row.slug];
            return (
              // biome-ignore lint/a11y/useKeyWithMouseEvents: the same focus is moved by j and k
              <tr
                key={row.slug}
                data-row={row.slug}
                className={classNames(focused === row.slug && "foc")}
                onMouseOver={() => focused && onFocus(row.slug)}
              >
                <td className="fill">
                  <Link className="b plain" href={`/tenants/${row.slug}`}>
                    {row.slug}
                  </Link>
                  <span className="t3 hide-s">&ensp;{row.displayName}</span>
                </td>
                <td>
                  <TenantState tenant={row} />
                </td>
                <td className="m t2 hide-s">
                  <FirstOf list={row.issuers.map(withoutScheme)} />
                </td>
                <td className="m t2 hide-s hide-l">
                  <FirstOf list={row.domains} />
                </td>
                <td className="hide-s">
                  <Spark bars={stat?.spark} />
                </td>
                <td className="num m hide-s">{stat ? count(stat.requests24h) : ""}</td>
                <td className="num m">{stat ? <Share part={stat.refused24h} whole={stat.requests24h} /> : ""}</td>
                <td className="hide-s">
                  {row.change === "none" ? (
                    <span className="t3">–</span>
                  ) : (
                    <Status tone="draft" coloured>
                      {row.change === "added" ? "New" : "Changed"}
                    </Status>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Share({ part, whole }: { part: number; whole: number }) {
  return whole === 0 ? <span className="t3">–</span> : <>{percent(part / whole)}&thinsp;%</>;
}
