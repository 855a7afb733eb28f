"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { FailedState, SkeletonRows } from "@/ui/states";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { notify, notifyFailure } from "@/ui/toast";

/** Where I am signed in. */
export function SessionsPage() {
  const trpc = useTRPC();
  const client = useQueryClient();
  const sessions = useQuery(trpc.session.list.queryOptions());
  const revoke = useMutation(trpc.session.revoke.mutationOptions());
  if (sessions.isPending) return <SkeletonRows rows={2} />;
  if (!sessions.data) return <FailedState what="your sessions" error={sessions.error} onRetry={() => void sessions.refetch()} />;
  return (
    <section className="room flush">
      <RoomHead title="My sessions" count={sessions.data.length} />
      <div className="tw topped">
        <table className="closed">
          <thead>
            <tr>
              <th>Browser</th>
              <th className="hide-s">From</th>
              <th className="num hide-s">Signed in</th>
              <th className="num">Last seen</th>
              <th className="num hide-s">Ends</th>
              <th className="num">
                <span className="sr">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sessions.data.map((session) => (
              <tr key={session.id}>
                <td className="fill" title={session.userAgent ?? undefined}>
                  {session.current ? <Status tone="ok">This browser</Status> : (session.userAgent ?? "unknown")}
                </td>
                <td className="m t2 hide-s">{session.ip ?? "–"}</td>
                <td className="num t3 hide-s">
                  <Time at={session.createdAt} />
                </td>
                <td className="num t3">
                  <Time at={session.lastSeenAt} />
                </td>
                <td className="num t3 hide-s">
                  <Time at={session.expiresAt} as="until" />
                </td>
                <td className="num">
                  {!session.current && (
                    <Button
                      size="xs"
                      variant="danger"
                      onClick={() =>
                        revoke.mutate(
                          { sessionId: session.id },
                          {
                            onSuccess: () => {
                              notify({ title: "That session is signed out" });
                              void client.invalidateQueries({ queryKey: trpc.session.pathKey() });
                            },
                            onError: (error) => notifyFailure("Not signed out", error),
                          },
                        )
                      }
                    >
                      Sign out
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
