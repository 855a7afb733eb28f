"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMe } from "@/components/session/session-context";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status, type Tone } from "@/ui/status";
import { Time } from "@/ui/time";
import { notify, notifyFailure } from "@/ui/toast";

const STATES = {
  active: ["ok", "Active"],
  used: ["unk", "Used"],
  expired: ["unk", "Expired"],
  revoked: ["fail", "Revoked"],
} as const satisfies Record<string, readonly [Tone, string]>;

/** Tokens with which nodes come in; the tokens themselves are shown once only. */
export function JoinTokenTable() {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { can } = useMe();
  const tokens = useQuery(trpc.joinTokens.list.queryOptions(undefined, { refetchInterval: 5_000 }));
  const revoke = useMutation(trpc.joinTokens.revoke.mutationOptions());
  if (tokens.isPending) return <SkeletonRows rows={3} />;
  if (!tokens.data) return <FailedState what="join tokens" error={tokens.error} onRetry={() => void tokens.refetch()} />;
  if (tokens.data.length === 0)
    return (
      <div className="topped">
        <EmptyState title="No join token yet">One is made when a node is added. It works once, for 15 minutes.</EmptyState>
      </div>
    );
  return (
    <div className="tw topped">
      <table className="closed">
        <thead>
          <tr>
            <th>For</th>
            <th>State</th>
            <th className="hide-s">Group</th>
            <th className="hide-s">Used by</th>
            <th className="hide-s">Made by</th>
            <th className="num">Expires</th>
            <th className="num hide-s">
              <span className="sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.data.map((token) => (
            <tr key={token.id}>
              <td className="fill">{token.label}</td>
              <td>
                <Status tone={STATES[token.state][0]}>{STATES[token.state][1]}</Status>
              </td>
              <td className="t2 hide-s">{token.group}</td>
              <td className="m t2 hide-s">{token.usedByNode ?? "–"}</td>
              <td className="t2 hide-s">{token.createdByName ?? "–"}</td>
              <td className="num t3">{token.state === "active" ? <Time at={token.expiresAt} as="until" /> : "–"}</td>
              <td className="num hide-s">
                {token.state === "active" && can("node.write") && (
                  <Button
                    size="xs"
                    variant="danger"
                    onClick={() =>
                      revoke.mutate(
                        { id: token.id },
                        {
                          onSuccess: () => {
                            notify({ title: "The join token is revoked" });
                            void client.invalidateQueries();
                          },
                          onError: (error) => notifyFailure("Not revoked", error),
                        },
                      )
                    }
                  >
                    Revoke
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
