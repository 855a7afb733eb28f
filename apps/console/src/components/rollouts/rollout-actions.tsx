"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMe } from "@/components/session/session-context";
import { RemoveButton } from "@/components/tenant/remove-button";
import type { RolloutDetail } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { notifyFailure } from "@/ui/toast";

/** What can be done with it now, by whoever may publish. */
export function RolloutActions({ of }: { of: RolloutDetail }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { can } = useMe();
  const settled = () => void client.invalidateQueries();
  const done = { onSettled: settled, onError: (error: unknown) => notifyFailure(`The rollout of revision ${of.revision} stays as it is`, error) };
  const promote = useMutation(trpc.rollouts.promote.mutationOptions(done));
  const pause = useMutation(trpc.rollouts.pause.mutationOptions(done));
  const resume = useMutation(trpc.rollouts.resume.mutationOptions(done));
  const abort = useMutation(trpc.rollouts.abort.mutationOptions({ onSettled: settled }));
  const rollback = useMutation(trpc.rollouts.rollback.mutationOptions({ onSettled: settled }));
  const { revision, state, stage, stages, base } = of;
  const isOpen = state === "running" || state === "paused" || state === "halted";
  const input = { revision };
  return (
    <>
      {can("revision.publish") && (
        <>
          {state === "running" && (
            <Button busy={pause.isPending} onClick={() => pause.mutate(input)}>
              Pause
            </Button>
          )}
          {(state === "paused" || state === "halted") && (
            <Button busy={resume.isPending} onClick={() => resume.mutate(input)}>
              Resume
            </Button>
          )}
          {isOpen && stage < stages && (
            <Button variant={state === "halted" ? undefined : "primary"} busy={promote.isPending} onClick={() => promote.mutate(input)}>
              Open stage {stage + 1}
            </Button>
          )}
          {isOpen && (
            <RemoveButton
              what={`the rollout of revision ${revision}`}
              short="the rollout"
              verb="Abort"
              consequence={`It ends where it is. Nodes that have revision ${revision} keep it, the others keep revision ${base}, until a rollback or the next publish.`}
              onRemove={() => abort.mutateAsync(input)}
            />
          )}
        </>
      )}
      {can("revision.rollback") && (isOpen || state === "aborted") && (
        <RemoveButton
          what={`revision ${revision}`}
          short="it"
          verb="Roll back"
          consequence={`A new revision has the content of revision ${base}, for all nodes. The draft is not touched.`}
          onRemove={() => rollback.mutateAsync(input)}
        />
      )}
    </>
  );
}
