"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useState } from "react";
import { useMe } from "@/components/session/session-context";
import { useSlug } from "@/components/tenant/use-tenant";
import { usePager } from "@/hooks/use-pager";
import { countOf } from "@/lib/format";
import type { ApiKeyRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { PagerRow } from "@/ui/pager-row";
import { Seg } from "@/ui/seg";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status } from "@/ui/status";
import { ApiKeyRows } from "./api-key-rows";

const NewKeyDialog = dynamic(() => import("./new-key-dialog").then((module) => module.NewKeyDialog), { ssr: false });
const RotateKeyDialog = dynamic(() => import("./rotate-key-dialog").then((module) => module.RotateKeyDialog), { ssr: false });

const SHOWN = ["live", "revoked"] as const;

/** The tenant's API keys: what calls with one, whether it works, and when it was used last. Never a key. */
export function ApiKeyList() {
  const trpc = useTRPC();
  const slug = useSlug();
  const { can } = useMe();
  const pager = usePager();
  const [show, setShow] = useQueryState("show", parseAsStringLiteral(SHOWN).withDefault("live"));
  const { cursor } = pager;
  const list = useQuery(trpc.apiKeys.list.queryOptions({ slug, show, ...(cursor && { cursor }) }, { refetchInterval: 15_000 }));
  const routes = useQuery(trpc.objects.routes.list.queryOptions({ slug }));
  const [editing, setEditing] = useState<"new" | ApiKeyRow | null>(null);
  const mayWrite = can("api_key.write");
  const isRevoked = show === "revoked";
  const taken = routes.data?.some(
    ({ spec: { authentication } }) => "authenticators" in authentication && authentication.authenticators.includes("api_key"),
  );
  const add = mayWrite && (
    <Button size="sm" onClick={() => setEditing("new")}>
      Make a key
    </Button>
  );
  const rows = list.data?.items ?? [];
  const isEmpty = rows.length === 0 && cursor === undefined;
  return (
    <section className="room flush">
      <RoomHead
        title="API keys"
        count={list.data?.total || undefined}
        end={
          <>
            <Seg
              label="Which keys"
              value={show}
              options={[
                { value: "live", label: "In use" },
                { value: "revoked", label: "Revoked" },
              ]}
              onChoose={(next) => {
                pager.first();
                void setShow(next);
              }}
            />
            {!isEmpty && add}
          </>
        }
      />
      {taken === false && rows.length > 0 && !isRevoked && (
        <div className="px-5 pb-3">
          <div className="note att">
            <Status tone="att" />
            <span>
              No route of {slug} takes API keys, so none of these lets anybody in. Choose the credentials of a{" "}
              <Link href={`/tenants/${slug}/routes`}>route</Link>.
            </span>
          </div>
        </div>
      )}
      <div className="tw topped">
        {list.isPending ? (
          <SkeletonRows rows={3} />
        ) : !list.data ? (
          <FailedState what="API keys" error={list.error} onRetry={() => void list.refetch()} />
        ) : isEmpty ? (
          isRevoked ? (
            <EmptyState title="No key was revoked in the last 90 days">The audit log knows of those before.</EmptyState>
          ) : (
            <EmptyState title={`${slug} has no API key`} action={add}>
              A key lets a machine call without signing in: a build server, a nightly job, a partner’s system. It belongs to {slug} alone, carries
              scopes, and can be revoked at every node within seconds.
            </EmptyState>
          )
        ) : (
          <table className="closed">
            <thead>
              <tr>
                <th>Name</th>
                <th className="hide-s">Ends in</th>
                <th>State</th>
                <th className="hide-s">Scopes</th>
                <th className="num hide-s">Last used</th>
                <th className="num hide-s">{isRevoked ? "Revoked" : "Expires"}</th>
                <th className="hide-s hide-l">{isRevoked ? "Revoked by" : "Made by"}</th>
                {mayWrite && (
                  <th className="num">
                    <span className="sr">Actions</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <ApiKeyRows key={row.id} slug={slug} row={row} mayWrite={mayWrite} onRotate={() => setEditing(row)} />
              ))}
            </tbody>
          </table>
        )}
      </div>
      {(cursor || list.data?.nextCursor) && (
        <PagerRow pager={pager} nextCursor={list.data?.nextCursor ?? null} shown={countOf(list.data?.total ?? rows.length, "key")} />
      )}
      {editing === "new" && <NewKeyDialog slug={slug} onClose={() => setEditing(null)} />}
      {editing !== null && editing !== "new" && <RotateKeyDialog slug={slug} row={editing} onClose={() => setEditing(null)} />}
    </section>
  );
}
