"use client";

import { count, countOf, timeSpan } from "@/lib/format";
import { shareWords } from "@/lib/limit-words";
import type { SimulationResult } from "@/lib/rows";
import { DecisionsChart, DecisionsKey } from "@/ui/decisions-chart";
import { Time } from "@/ui/time";
import { LimitKeyWords } from "./limit-key";

const FOLLOWS = { refuse: "refused", slow_down: "held back", observe: "reported" } as const;

/** What the policy would have done with what was recorded, and what the record is. */
export function SimulationShown({
  result: { record, counted, over, unseen, withoutUsername, first, minutes, keys, keysTotal, keysOver, tenant },
  action,
  slug,
}: {
  result: SimulationResult;
  action: keyof typeof FOLLOWS;
  slug: string | null;
}) {
  const seconds = Math.max(1, Math.round((record.to.getTime() - record.from.getTime()) / 1_000));
  return (
    <div className="grid gap-3 mt-4" aria-live="polite">
      <p>
        {counted === 0 ? (
          "It would have counted none of these requests."
        ) : (
          <>
            <span className="b">
              {over === 0 ? "None" : countOf(over, "request")} of {count(counted)} would have been {FOLLOWS[action]}
              {over > 0 && ` (${shareWords(over / counted)})`}.
            </span>{" "}
            {over > 0 && `${count(keysOver)} of ${countOf(keysTotal, "key")} went over it. `}
            {first && (
              <>
                The first at <Time at={first.atMs} as="precise" />: <LimitKeyWords of={first.key} slug={slug} />.
              </>
            )}
          </>
        )}
      </p>
      {minutes.length > 0 && (
        <div>
          <DecisionsChart
            bars={minutes.map(({ atMs, passed, over: refused }) => ({ at: atMs, allowed: passed, refused }))}
            barSeconds={60}
            end={null}
          />
          <p className="t3 row s3 mt-2">
            <DecisionsKey />
          </p>
        </div>
      )}
      {over > 0 && (
        <div className="tw topped -mx-(--gutter)">
          <table className="closed">
            <thead>
              <tr>
                <th>Counted</th>
                <th className="num">Requests</th>
                <th className="num">Over</th>
                <th className="num hide-s">Share</th>
              </tr>
            </thead>
            <tbody>
              {keys
                .filter((row) => row.over > 0)
                .map((row) => (
                  <tr key={JSON.stringify(row.key)}>
                    <td className="fill">
                      <LimitKeyWords of={row.key} slug={slug} />
                    </td>
                    <td className="num m t2">{count(row.requests)}</td>
                    <td className="num m">{count(row.over)}</td>
                    <td className="num m t2 hide-s">{shareWords(row.over / row.requests)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      )}
      <p className="t3">
        The record: every request of {tenant} that came to the limits in {timeSpan(seconds)}
        {record.routes.length > 0 && `, on ${record.routes.join(", ")}`}, {count(record.requests)} at {countOf(record.nodes, "node")}
        {record.lost > 0 ? `, except for ${count(record.lost)} that a node had no room for` : ""}
        {record.full ? "; it ended because it was full" : ""}. Counted as one node that sees them all would.
        {unseen > 0 && ` ${countOf(unseen, "request")} an earlier limit refused; this one would not have seen them.`}
        {withoutUsername > 0 && ` ${countOf(withoutUsername, "request")} came without a username that a node read, and count by address.`}
        {slug === null && " Of other tenants it knows nothing."}
      </p>
    </div>
  );
}
