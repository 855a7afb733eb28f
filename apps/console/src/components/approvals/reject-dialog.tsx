"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { problemText } from "@/lib/problem";
import type { PublishRequestRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { AreaField } from "@/ui/field";
import { notify } from "@/ui/toast";

/** Rejects somebody's request, or withdraws one's own, with a reason. */
export function RejectDialog({ request, onClose }: { request: PublishRequestRow | null; onClose: () => void }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const reject = useMutation(trpc.approvals.reject.mutationOptions());
  const [reason, setReason] = useState("");
  const verb = request?.isOwn ? "Withdraw" : "Reject";
  const close = () => {
    setReason("");
    reject.reset();
    onClose();
  };
  const submit = () => {
    if (request === null) return;
    reject.mutate(
      { id: request.id, reason },
      {
        onSuccess: () => {
          notify({ title: `Request ${request.id} is ${request.isOwn ? "withdrawn" : "rejected"}` });
          close();
        },
        onSettled: () => void client.invalidateQueries(),
      },
    );
  };
  return (
    <Dialog open={request !== null} onClose={close} title={`${verb} request ${request?.id ?? ""}`} description="The draft stays as it is.">
      <div>
        <AreaField
          label="Why"
          rows={3}
          maxLength={500}
          hint="Everybody who reads the request reads it"
          error={reject.error ? problemText(reject.error) : undefined}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      <footer>
        <Button onClick={close}>Keep waiting</Button>
        <Button variant="danger" busy={reject.isPending} disabled={reason.trim().length < 10} onClick={submit}>
          {verb}
        </Button>
      </footer>
    </Dialog>
  );
}
