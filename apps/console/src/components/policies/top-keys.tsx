"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { count } from "@/lib/format";
import type { TopKeyRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button, LinkButton } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { Seg } from "@/ui/seg";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Time } from "@/ui/time";
import { LimitKeyWords } from "./limit-key";

const HOURS = [
  { value: "1", label: "1 h" },
  { value: "24", label: "24 h" },
] as const;

/** What can be done for one key: words, and what it does in the form; null where it cannot be spared. */
export type SpareKey = (key: TopKeyRow["key"]) => { readonly label: string; readonly apply: () => void } | null;

/** Who comes close to this limit, or goes over it? `slug` null: of a limit of the fleet. */
export function TopKeys({ slug, policy, spare }: { slug: string | null; policy: string; spare: SpareKey | null }) {
  const { limitUses } = useTRPC();
  const [shown, setShown] = useState<(typeof HOURS)[number]["value"]>("1");
  const input = { policy, hours: shown === "1" ? (1 as const) : (24 as const) };
  const own = useQuery(limitUses.topKeys.queryOptions({ slug: slug ?? "", ...input }, { enabled: slug !== null, refetchInterval: 10_000 }));
  const ofFleet = useQuery(limitUses.topKeysOfFleet.queryOptions(input, { enabled: slug === null, refetchInterval: 10_000 }));
  const top = slug === null ? ofFleet : own;
  return (
    <section className="room flush topped">
      <RoomHead title="Who presses on it" end={<Seg label="Time" value={shown} options={HOURS} onChoose={setShown} />} />
      <div className="tw topped">
        {top.isPending ? (
          <SkeletonRows rows={3} />
        ) : !top.data ? (
          <FailedState what="keys" error={top.error} onRetry={() => void top.refetch()} />
        ) : top.data.keys.length === 0 ? (
          <EmptyState title="Nobody is near it">
            Nodes have told of no request that went over this limit, or left less than a fifth of its burst, since{" "}
            <Time at={top.data.since} as="clock" />.
          </EmptyState>
        ) : (
          <table className="closed">
            <thead>
              <tr>
                <th>Counted</th>
                <th className="num">Over</th>
                <th className="num">Near</th>
                <th className="num">
                  <span className="sr">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {top.data.keys.map((row) => (
                <KeyRow key={JSON.stringify(row.key)} row={row} slug={slug} spare={spare} />
              ))}
            </tbody>
          </table>
        )}
      </div>
      {top.data && top.data.keys.length > 0 && (
        <div className="bar">
          <p className="t3">
            At least so many since <Time at={top.data.since} as="clock" />. Near: less than a fifth of the burst was left.
            {top.data.keys.some(({ key }) => key.username !== undefined || key.subject?.startsWith("#")) &&
              " Names of people are shown as marks; one name has one mark."}
          </p>
        </div>
      )}
    </section>
  );
}

function KeyRow({ row: { key, over, near, unseen }, slug, spare }: { row: TopKeyRow; slug: string | null; spare: SpareKey | null }) {
  const spared = spare?.(key) ?? null;
  const of = slug ?? key.tenant ?? "";
  const locked = new URLSearchParams({ ...(of !== "" && { tenant: of }), q: key.address ?? "" });
  return (
    <tr>
      <td className="fill">
        <LimitKeyWords of={key} slug={slug} />
      </td>
      <td className="num m" title={unseen > 0 ? `${count(unseen)} more may have gone uncounted` : undefined}>
        {count(over)}
      </td>
      <td className="num m t2">{count(near)}</td>
      <td className="num">
        <div className="row end">
          {key.address !== undefined && (
            <LinkButton size="xs" className="hide-s" href={`/lockouts?${locked}`}>
              Lockouts
            </LinkButton>
          )}
          {spared && (
            <Button size="xs" onClick={spared.apply}>
              {spared.label}
            </Button>
          )}
        </div>
      </td>
    </tr>
  );
}
