"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { parseAsString, parseAsStringLiteral, useQueryState } from "nuqs";
import { useState } from "react";
import { useMe } from "@/components/session/session-context";
import { usePager } from "@/hooks/use-pager";
import { countOf } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { PagerRow } from "@/ui/pager-row";
import { Seg } from "@/ui/seg";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { RevocationDrawer } from "./revocation-drawer";
import { RevocationTable } from "./revocation-table";
import { SHOWN } from "./shown";

const RevokeDialog = dynamic(() => import("./revoke-dialog").then((module) => module.RevokeDialog), { ssr: false });

/** A tenant's slug and an id: what the drawer shows. */
const split = (open: string | null): { slug: string; id: string } | null => {
  const [slug = "", id = ""] = open?.split("/") ?? [];
  return slug && id ? { slug, id } : null;
};

/** What nodes refuse without a publish, of one tenant or, with null, of all; and how it is made and ended. */
export function RevocationList({ slug }: { slug: string | null }) {
  const trpc = useTRPC();
  const { can } = useMe();
  const pager = usePager();
  const [show, setShow] = useQueryState("show", parseAsStringLiteral(SHOWN).withDefault("in_force"));
  const [open, setOpen] = useQueryState("open", parseAsString.withOptions({ history: "push" }));
  const [revoking, setRevoking] = useState(false);
  const { cursor } = pager;
  const input = { show, ...(cursor && { cursor }) };
  const options = { placeholderData: keepPreviousData, refetchInterval: 3_000 };
  const ofFleet = useQuery(trpc.revocations.list.queryOptions(input, { ...options, enabled: slug === null }));
  const ofTenant = useQuery(trpc.revocations.listOf.queryOptions({ slug: slug ?? "", ...input }, { ...options, enabled: slug !== null }));
  const list = slug === null ? ofFleet : ofTenant;
  const rows = list.data?.items ?? [];
  const opened = split(open);
  const add = can("revocation.write") && (
    <Button size="sm" variant="danger" onClick={() => setRevoking(true)}>
      Revoke…
    </Button>
  );
  const isEmpty = rows.length === 0 && cursor === undefined;
  return (
    <section className="room flush">
      <RoomHead
        title={slug === null ? (show === "past" ? "Ended" : "In force") : "Revocations"}
        count={list.data?.total || undefined}
        end={
          <>
            <Seg
              label="Which revocations"
              value={show}
              options={[
                { value: "in_force", label: "In force" },
                { value: "past", label: "Ended" },
              ]}
              onChoose={(next) => {
                pager.first();
                void setShow(next);
              }}
            />
            {!(isEmpty && show === "in_force") && add}
          </>
        }
      />
      <div className="tw topped">
        {list.isPending ? (
          <SkeletonRows rows={3} />
        ) : !list.data ? (
          <FailedState what="revocations" error={list.error} onRetry={() => void list.refetch()} />
        ) : !isEmpty ? (
          <RevocationTable
            rows={rows}
            ofFleet={slug === null}
            past={show === "past"}
            focused={opened?.id ?? null}
            onOpen={(row) => void setOpen(`${row.tenant}/${row.id}`)}
          />
        ) : show === "past" ? (
          <EmptyState title="Nothing has ended yet">What expires, is lifted, or is taken over by a published revision stays here.</EmptyState>
        ) : (
          <EmptyState title={slug === null ? "Nothing is revoked" : `Nothing of ${slug} is revoked`} action={add}>
            A stolen token, all older tokens of a subject, or a whole tenant can be refused at every node within two seconds, without a publish.
          </EmptyState>
        )}
      </div>
      {(cursor || list.data?.nextCursor) && (
        <PagerRow pager={pager} nextCursor={list.data?.nextCursor ?? null} shown={countOf(list.data?.total ?? rows.length, "revocation")} />
      )}
      {revoking && (
        <RevokeDialog
          slug={slug}
          onClose={() => setRevoking(false)}
          onDone={(made) => {
            setRevoking(false);
            void setShow("in_force");
            void setOpen(`${made.tenant}/${made.id}`);
          }}
        />
      )}
      <RevocationDrawer of={opened} onClose={() => void setOpen(null)} />
    </section>
  );
}
