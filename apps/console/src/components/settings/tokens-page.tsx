"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { RemoveButton } from "@/components/tenant/remove-button";
import { countOf } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { notify } from "@/ui/toast";
import { NewTokenDialog } from "./new-token-dialog";

/** Tokens with which a machine speaks for the one who made them. */
export function TokensPage() {
  const trpc = useTRPC();
  const client = useQueryClient();
  const tokens = useQuery(trpc.apiTokens.list.queryOptions());
  const revoke = useMutation(trpc.apiTokens.revoke.mutationOptions());
  const [making, setMaking] = useState(false);
  const expired = (at: Date) => at.getTime() < tokens.dataUpdatedAt;
  if (tokens.isPending) return <SkeletonRows rows={4} />;
  if (!tokens.data) return <FailedState what="API tokens" error={tokens.error} onRetry={() => void tokens.refetch()} />;
  return (
    <section className="room flush">
      <RoomHead
        title="API tokens"
        count={tokens.data.length || undefined}
        end={
          <Button size="sm" onClick={() => setMaking(true)}>
            Make a token
          </Button>
        }
      />
      <div className="tw topped">
        {tokens.data.length === 0 ? (
          <EmptyState title="No token yet">The command line and CI use one: it carries part of what you may do, for a time.</EmptyState>
        ) : (
          <table className="closed">
            <thead>
              <tr>
                <th>Name</th>
                <th className="hide-s">Prefix</th>
                <th>State</th>
                <th className="hide-s">May</th>
                <th className="num hide-s">Last used</th>
                <th className="num">Expires</th>
                <th className="num">
                  <span className="sr">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {tokens.data.map((token) => (
                <tr key={token.id}>
                  <td className="b">{token.name}</td>
                  <td className="m t2 hide-s">{token.prefix}…</td>
                  <td>
                    {token.revokedAt ? (
                      <Status tone="fail">Revoked</Status>
                    ) : expired(token.expiresAt) ? (
                      <Status tone="unk">Expired</Status>
                    ) : (
                      <Status tone="ok">Active</Status>
                    )}
                  </td>
                  <td className="t2 fill hide-s" title={token.scopes.join(", ")}>
                    {countOf(token.scopes.length, "permission")}
                    {token.tenantSlug ? ` on ${token.tenantSlug}` : ""}
                  </td>
                  <td className="num t3 hide-s">
                    <Time at={token.lastUsedAt} />
                  </td>
                  <td className="num t3">
                    <Time at={token.expiresAt} as="until" />
                  </td>
                  <td className="num">
                    {!token.revokedAt && (
                      <RemoveButton
                        size="xs"
                        what={token.name}
                        consequence="Whatever uses it is refused from now on."
                        onRemove={async () => {
                          await revoke.mutateAsync({ id: token.id });
                          notify({ title: `${token.name} is revoked` });
                          await client.invalidateQueries({ queryKey: trpc.apiTokens.pathKey() });
                        }}
                      >
                        Revoke…
                      </RemoveButton>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      <NewTokenDialog open={making} onClose={() => setMaking(false)} />
    </section>
  );
}
