"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMe } from "@/components/session/session-context";
import { useClock } from "@/hooks/use-clock";
import type { NodeDetail } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { notify, notifyFailure } from "@/ui/toast";

/** The key that the control plane knows a node by: which, since when, what overlaps, and how to have another. */
export function NodeKey({ node }: { node: NodeDetail }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { can } = useMe();
  const { now } = useClock();
  const renew = useMutation(trpc.nodes.askToRenew.mutationOptions());
  const { kid, key } = node;
  const overlaps = key.previous !== null && new Date(key.previous.acceptedUntil).getTime() > now;
  return (
    <section>
      <h3>Its own key</h3>
      <dl className="kv">
        <dt>Fingerprint</dt>
        <dd className="m break-all">{kid}</dd>
        <dt>In use since</dt>
        <dd>
          <Time at={key.since} as="phrase" />
          {key.previous === null && <span className="t3"> (its enrolment)</span>}
        </dd>
        <dt>Last renewal</dt>
        <dd>{key.previous === null ? "never" : <Time at={key.previous.renewedAt} as="stamp" />}</dd>
        {key.previous !== null && overlaps && (
          <>
            <dt>Key before</dt>
            <dd>
              <code>{key.previous.kid.slice(0, 12)}…</code> is still good; that ends <Time at={key.previous.acceptedUntil} as="until" />
            </dd>
          </>
        )}
        {!key.renews && node.status === "active" && (
          <>
            <dt>Renewal</dt>
            <dd>{node.lastHeartbeatAt === null ? "not known before its first heartbeat" : "its build does not renew keys: upgrade it"}</dd>
          </>
        )}
      </dl>
      {key.askedAt !== null ? (
        <p className="row mt-2">
          <Status tone="att">Asked to renew</Status>
          <span className="t3">
            <Time at={key.askedAt} as="phrase" />; it does so with its next heartbeat
          </span>
        </p>
      ) : (
        can("node.write") &&
        key.renews &&
        node.status === "active" && (
          <Button
            size="sm"
            className="mt-2"
            busy={renew.isPending}
            onClick={() =>
              renew.mutate(
                { name: node.name },
                {
                  onSuccess: () => {
                    notify({ title: `${node.name} is asked to renew its keys` });
                    void client.invalidateQueries();
                  },
                  onError: (error) => notifyFailure("Not asked", error),
                },
              )
            }
          >
            Renew keys now
          </Button>
        )
      )}
    </section>
  );
}
