"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState } from "react";
import { useMe } from "@/components/session/session-context";
import { RemoveButton } from "@/components/tenant/remove-button";
import { useSlug } from "@/components/tenant/use-tenant";
import { INTENT_WORDS, invitationState, isInvitationLive } from "@/lib/portal-words";
import type { InvitationRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { notify } from "@/ui/toast";
import { useInvitations } from "./use-invitations";

const InvitationDialog = dynamic(() => import("./invitation-dialog").then((module) => module.InvitationDialog), { ssr: false });

/** Who of the tenant was let in to the portal, for what, and whether they are there. Never a link. */
export function InvitationList() {
  const trpc = useTRPC();
  const slug = useSlug();
  const { can } = useMe();
  const list = useQuery(trpc.portalInvitations.list.queryOptions({ slug }, { refetchInterval: 10_000 }));
  const [inviting, setInviting] = useState(false);
  const mayWrite = can("portal.write");
  const add = mayWrite && (
    <Button size="sm" onClick={() => setInviting(true)}>
      Invite somebody
    </Button>
  );
  const rows = list.data ?? [];
  return (
    <section className="room flush">
      <RoomHead title="Portal access" count={rows.filter(isInvitationLive).length || undefined} end={rows.length > 0 && add} />
      <div className="tw topped">
        {list.isPending ? (
          <SkeletonRows rows={3} />
        ) : !list.data ? (
          <FailedState what="invitations" error={list.error} onRetry={() => void list.refetch()} />
        ) : rows.length === 0 ? (
          <EmptyState title={`Nobody of ${slug} was invited`} action={add}>
            A link lets the tenant’s own IT set up its identity provider in the portal. It works once, sees {slug} alone, and ends when you revoke it.
          </EmptyState>
        ) : (
          <table className="closed">
            <thead>
              <tr>
                <th>For whom</th>
                <th>State</th>
                <th className="hide-s">For what</th>
                <th className="num hide-s">Seen</th>
                <th className="num hide-s">Ends</th>
                <th className="hide-s hide-l">Made by</th>
                {mayWrite && (
                  <th className="num">
                    <span className="sr">Actions</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <InvitationLine key={row.id} slug={slug} row={row} mayWrite={mayWrite} />
              ))}
            </tbody>
          </table>
        )}
      </div>
      {inviting && <InvitationDialog slug={slug} onClose={() => setInviting(false)} />}
    </section>
  );
}

function InvitationLine({ slug, row, mayWrite }: { slug: string; row: InvitationRow; mayWrite: boolean }) {
  const { revoke } = useInvitations();
  const { tone, word } = invitationState(row);
  return (
    <tr>
      <td className="b">{row.recipient}</td>
      <td>
        <Status tone={tone}>{word}</Status>
      </td>
      <td className="t2 fill hide-s">{row.intents.map((intent) => INTENT_WORDS[intent].name).join(", ")}</td>
      <td className="num t3 hide-s" title={row.ip ?? undefined}>
        <Time at={row.lastSeenAt} />
      </td>
      <td className="num t3 hide-s">{row.revokedAt ? <Time at={row.revokedAt} /> : <Time at={row.expiresAt} as="until" />}</td>
      <td className="t3 hide-s hide-l">
        {row.revokedByName ?? row.createdByName}, <Time at={row.revokedAt ?? row.createdAt} as="phrase" />
      </td>
      {mayWrite && (
        <td className="num">
          {isInvitationLive(row) && (
            <RemoveButton
              size="xs"
              what={`the access of ${row.recipient}`}
              short="the access"
              verb="Revoke"
              consequence={
                row.state === "open"
                  ? "The link works no more. Nobody has used it yet."
                  : "They are out with their next click. What they saved stays in the draft."
              }
              onRemove={async () => {
                await revoke.mutateAsync({ slug, id: row.id });
                notify({ title: `The access of ${row.recipient} is revoked` });
              }}
            />
          )}
        </td>
      )}
    </tr>
  );
}
