"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState } from "react";
import { useMe } from "@/components/session/session-context";
import { RemoveButton } from "@/components/tenant/remove-button";
import { useSlug } from "@/components/tenant/use-tenant";
import type { SecretRow } from "@/lib/rows";
import { SECRET_TYPE_WORDS } from "@/lib/secret-words";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { notify } from "@/ui/toast";

// It carries the contract's schemas, which the list does without.
const SecretDialog = dynamic(() => import("./secret-dialog").then((module) => module.SecretDialog), { ssr: false });

/** What is open above the list: a new secret, or another value of one. */
type Editing = "new" | SecretRow | null;

/** The tenant's secrets: which there are, whether they have a value, and what uses them. Never the values. */
export function SecretList() {
  const trpc = useTRPC();
  const slug = useSlug();
  const client = useQueryClient();
  const { can } = useMe();
  const list = useQuery(trpc.secrets.list.queryOptions({ slug }));
  const remove = useMutation(trpc.objects.secrets.remove.mutationOptions());
  const [editing, setEditing] = useState<Editing>(null);
  const mayWrite = can("idp.write");
  if (list.isPending) return <SkeletonRows rows={3} />;
  if (!list.data) return <FailedState what="secrets" error={list.error} onRetry={() => void list.refetch()} />;
  const add = mayWrite && (
    <Button size="sm" onClick={() => setEditing("new")}>
      Add a secret
    </Button>
  );
  return (
    <section className="room flush">
      <RoomHead title="Secrets" count={list.data.length || undefined} end={list.data.length > 0 && add} />
      <div className="tw topped">
        {list.data.length === 0 ? (
          <EmptyState title={`${slug} has no secret`} action={add}>
            The gateway proves itself with one where an identity provider or an upstream asks for it. A value can be set and never be read.
          </EmptyState>
        ) : (
          <table className="closed">
            <thead>
              <tr>
                <th>Name</th>
                <th className="hide-s">Type</th>
                <th>Value</th>
                <th className="hide-s">Used by</th>
                <th className="num hide-s">Last set</th>
                {mayWrite && (
                  <th className="num">
                    <span className="sr">Actions</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {list.data.map((secret) => (
                <tr key={secret.name}>
                  <td className="b">{secret.name}</td>
                  <td className="t2 hide-s">{SECRET_TYPE_WORDS[secret.type]}</td>
                  <td>{secret.hasValue ? <Status tone="ok">Set</Status> : <Status tone="att">Not set</Status>}</td>
                  <td className="t2 fill hide-s">{secret.usedBy.join(", ") || "–"}</td>
                  <td className="num t3 hide-s">
                    <Time at={secret.setAt} />
                    {secret.setByName ? ` by ${secret.setByName}` : ""}
                  </td>
                  {mayWrite && (
                    <td className="num">
                      <span className="inline-flex gap-1">
                        <Button size="xs" aria-label={`Set the value of ${secret.name}`} onClick={() => setEditing(secret)}>
                          Set value…
                        </Button>
                        <RemoveButton
                          size="xs"
                          what={secret.name}
                          consequence="Nodes keep its value until the removal is published; then it is gone for good."
                          onRemove={async () => {
                            await remove.mutateAsync({ slug, name: secret.name, version: secret.version });
                            notify({ title: `${secret.name} is removed from the draft` });
                            await client.invalidateQueries();
                          }}
                        />
                      </span>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      {editing !== null && <SecretDialog slug={slug} secret={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
    </section>
  );
}
