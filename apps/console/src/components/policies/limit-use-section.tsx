"use client";

import { useQuery } from "@tanstack/react-query";
import { useSlug } from "@/components/tenant/use-tenant";
import { count } from "@/lib/format";
import { shareWords, UNKNOWN_USE_WORDS } from "@/lib/limit-words";
import { rateLimitWords } from "@/lib/policy-words";
import type { LimitUseRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

/** Of the fleet's and the tenant's own limits as nodes apply them: how close is the tenant to each? */
export function LimitUseSection() {
  const trpc = useTRPC();
  const slug = useSlug();
  const use = useQuery(trpc.limitUses.ofTenant.queryOptions({ slug }, { refetchInterval: 15_000 }));
  const { limits = [], refused, revision } = use.data ?? {};
  return (
    <section className="room flush ruled">
      <RoomHead
        title="Limits at the nodes"
        count={limits.length || undefined}
        end={refused && `${count(refused.last15Minutes)} refused in 15 min, ${count(refused.last24Hours)} in 24 h`}
      />
      <div className="tw topped">
        {use.isPending ? (
          <SkeletonRows rows={2} />
        ) : !use.data ? (
          <FailedState what="the use of limits" error={use.error} onRetry={() => void use.refetch()} />
        ) : limits.length === 0 ? (
          <EmptyState title={revision === null ? "Nothing is published yet" : "No limit at the nodes"}>
            {revision === null ? `Nodes know nothing of ${slug}.` : "Neither the fleet nor the tenant limits its requests."}
          </EmptyState>
        ) : (
          <table>
            <thead>
              <tr>
                <th>Limit</th>
                <th className="hide-s">As it holds here</th>
                <th>Used in 5 min</th>
                <th className="hide-s">Busiest 15 min of 24 h</th>
              </tr>
            </thead>
            <tbody>
              {limits.map((row) => (
                <UseRow key={`${row.ofFleet} ${row.policy}`} row={row} />
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

function UseRow({ row: { policy, ofFleet, spec, unknown, now, busiest } }: { row: LimitUseRow }) {
  const words = rateLimitWords(spec);
  return (
    <tr>
      <td>
        <span className="b">{policy}</span>
        {ofFleet && <span className="t3"> fleet</span>}
      </td>
      <td className="fill t2 hide-s" title={words}>
        {words}
      </td>
      {unknown !== null ? (
        <>
          <td className="t3">{UNKNOWN_USE_WORDS[unknown]}</td>
          <td className="t3 hide-s">–</td>
        </>
      ) : (
        <>
          <td>{now && <Share of={now} />}</td>
          <td className="hide-s">
            {busiest ? (
              <>
                <Share of={busiest} />
                <span className="t3">
                  , <Time at={busiest.at} as="phrase" />
                </span>
              </>
            ) : (
              <span className="t3">–</span>
            )}
          </td>
        </>
      )}
    </tr>
  );
}

/** From four fifths on it is worth a look; from all of it on, requests are over. */
function Share({ of: { share, route } }: { of: { readonly share: number; readonly route: string | null } }) {
  const words = (
    <>
      {shareWords(share)}
      {route !== null && <span className="t3"> {route}</span>}
    </>
  );
  if (share < 0.8) return <span>{words}</span>;
  return (
    <Status tone={share < 1 ? "att" : "fail"} coloured>
      {words}
    </Status>
  );
}
