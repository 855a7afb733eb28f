"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMe } from "@/components/session/session-context";
import { problemText } from "@/lib/problem";
import type { PublishRequestRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { RejectDialog } from "./reject-dialog";

const MAX_NAMED = 4;

function sectionsIn(sections: readonly string[]): string {
  const more = sections.length - MAX_NAMED;
  return `${sections.slice(0, MAX_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Publishes that wait for a second person: who asks, what for, and whether what was reviewed still is what would go out. */
export function WaitingRequests({ onPublished }: { onPublished: (revision: number) => void }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { can } = useMe();
  const list = useQuery(trpc.approvals.list.queryOptions(undefined, { refetchInterval: 10_000 }));
  const approve = useMutation(trpc.approvals.approve.mutationOptions());
  const [rejecting, setRejecting] = useState<PublishRequestRow | null>(null);
  const waiting = (list.data ?? []).filter(({ state }) => state === "waiting");
  if (waiting.length === 0) return null;
  const voided = waiting.filter(({ isVoid }) => isVoid).length;
  const mayDecide = can("revision.publish");
  return (
    <section className="room flush asks" aria-label="Waiting for approval">
      <RoomHead title="Waiting for approval" count={waiting.length} end={voided > 0 && `${voided} void`} />
      {approve.error && (
        <p className="note fail m-4" role="alert">
          <Status tone="fail" />
          <span>{problemText(approve.error)}</span>
        </p>
      )}
      <ul className="topped warns">
        {waiting.map((request) => (
          <li key={request.id}>
            <div className="row wrap">
              <span className="grow min-w-0">
                <Status tone={request.isVoid ? "fail" : "pend"} coloured>
                  {request.isVoid ? "Void" : "Waiting"}
                </Status>{" "}
                {request.requestedByName} asks to publish <code>{sectionsIn(request.sections)}</code>, <Time at={request.requestedAt} as="phrase" />
                <span className="t2 block">“{request.comment}”</span>
                {request.isVoid && (
                  <span className="t3 block">What was reviewed is no longer what would be published. It has to be asked for anew.</span>
                )}
                {request.isOwn && !request.isVoid && <span className="t3 block">You asked for it: somebody else approves.</span>}
              </span>
              {mayDecide && (
                <span className="row">
                  <Button size="sm" onClick={() => setRejecting(request)}>
                    {request.isOwn ? "Withdraw…" : "Reject…"}
                  </Button>
                  {!request.isOwn && !request.isVoid && (
                    <Button
                      size="sm"
                      variant="primary"
                      busy={approve.isPending}
                      onClick={() =>
                        approve.mutate(
                          { id: request.id },
                          { onSuccess: ({ revision }) => onPublished(revision), onSettled: () => void client.invalidateQueries() },
                        )
                      }
                    >
                      Approve and publish
                    </Button>
                  )}
                </span>
              )}
            </div>
          </li>
        ))}
      </ul>
      <RejectDialog request={rejecting} onClose={() => setRejecting(null)} />
    </section>
  );
}
