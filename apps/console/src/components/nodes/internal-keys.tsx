"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMe } from "@/components/session/session-context";
import { problemText } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Dialog } from "@/ui/dialog";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status, type Tone } from "@/ui/status";
import { Time } from "@/ui/time";
import { notify } from "@/ui/toast";

const STATES = {
  next: ["pend", "Published, signs later"],
  signing: ["ok", "Signs"],
  retired: ["unk", "Only verifies"],
} as const satisfies Record<string, readonly [Tone, string]>;

/** The keys that a group's nodes sign tokens for upstreams with, and where upstreams find them. */
export function InternalKeys({ group }: { group: string }) {
  const trpc = useTRPC();
  const { can } = useMe();
  const keys = useQuery(trpc.groups.internalKeys.queryOptions({ name: group }));
  const rows = keys.data ?? [];
  const address = `${window.location.origin}/api/groups/${group}/jwks.json`;
  return (
    <section className="room flush">
      <RoomHead
        title="Keys for internal tokens"
        count={rows.length > 0 ? rows.length : undefined}
        end={rows.length > 0 && can("node.write") ? <RotateButton group={group} /> : undefined}
      />
      {keys.isPending && <SkeletonRows rows={2} />}
      {keys.error && <FailedState what="the keys" error={keys.error} onRetry={() => void keys.refetch()} />}
      {keys.data && rows.length === 0 && (
        <div className="topped">
          <EmptyState title="No key yet">The first one is made when a propagation policy that mints internal tokens is published.</EmptyState>
        </div>
      )}
      {rows.length > 0 && (
        <>
          <div className="tw topped">
            <table className="closed">
              <thead>
                <tr>
                  <th>Key</th>
                  <th>State</th>
                  <th className="hide-s">Algorithm</th>
                  <th className="num">Made</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.kid}>
                    <td className="m fill">{row.kid.slice(0, 12)}</td>
                    <td>
                      <Status tone={STATES[row.state][0]}>
                        {STATES[row.state][1]}
                        {row.state === "next" && (
                          <>
                            {" "}
                            (<Time at={row.signFrom} as="until" />)
                          </>
                        )}
                      </Status>
                    </td>
                    <td className="t2 hide-s">{row.algorithm}</td>
                    <td className="num t3">
                      <Time at={row.createdAt} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <div className="pad flex flex-wrap items-center gap-2">
            <span className="t2">Upstreams verify with</span>
            <code className="m break-all">{address}</code>
            <CopyButton text={address} />
          </div>
        </>
      )}
    </section>
  );
}

/** Asks before a key is rotated, and says what follows. */
function RotateButton({ group }: { group: string }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const rotate = useMutation(trpc.groups.rotateInternalKey.mutationOptions());
  return (
    <>
      <Button size="sm" onClick={() => setOpen(true)}>
        Rotate key…
      </Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title="Rotate the key for internal tokens"
        description="The next key is published at once, and signs when every upstream's copy of the JWK Set without it has run out. Nothing is refused meanwhile."
      >
        {rotate.error && (
          <div className="note fail" role="alert">
            <Status tone="fail" />
            <span>{problemText(rotate.error)}</span>
          </div>
        )}
        <footer>
          <Button onClick={() => setOpen(false)}>Keep the key</Button>
          <Button
            variant="primary"
            busy={rotate.isPending}
            onClick={() =>
              rotate.mutate(
                { name: group },
                {
                  onSuccess: () => {
                    setOpen(false);
                    notify({ title: "The next key is on its way to the nodes" });
                    void client.invalidateQueries();
                  },
                },
              )
            }
          >
            Rotate key
          </Button>
        </footer>
      </Dialog>
    </>
  );
}
