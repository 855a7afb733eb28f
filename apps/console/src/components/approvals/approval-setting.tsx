"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMe } from "@/components/session/session-context";
import { problemText } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { CheckField } from "@/ui/field";
import { notify } from "@/ui/toast";

/** Whether a second person approves each publish. It holds at once. */
export function ApprovalSetting({ initial }: { initial: boolean }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { can } = useMe();
  const current = useQuery(trpc.approvals.isRequired.queryOptions(undefined, { initialData: initial }));
  const change = useMutation(trpc.approvals.require.mutationOptions());
  const was = current.data;
  // State of its own, because the mutation's reaches the box a moment after the click, and until then the box would spring back.
  const [chosen, setChosen] = useState<boolean>();
  return (
    <div className="room ruled pt-4 pb-4">
      <CheckField
        label="A second person approves each publish"
        checked={chosen ?? was}
        disabled={!can("people.write") || chosen !== undefined}
        onChange={(event) => {
          setChosen(event.target.checked);
          change.mutate(
            { required: event.target.checked, was },
            {
              onSuccess: ({ required }) => {
                client.setQueryData(trpc.approvals.isRequired.queryKey(), required);
                notify({ title: required ? "Publishes wait for a second person" : "One person publishes" });
              },
              onSettled: () => {
                setChosen(undefined);
                void current.refetch();
              },
            },
          );
        }}
      />
      <p className="t3 mt-1">Rollbacks never wait. In an emergency a platform admin publishes without, with a reason and an alert.</p>
      {change.error && (
        <p className="err" role="alert">
          {problemText(change.error)}
        </p>
      )}
    </div>
  );
}
