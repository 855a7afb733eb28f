"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { problemText } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { AreaField } from "@/ui/field";
import { notify } from "@/ui/toast";

/** Makes a new revision with the content of an old one; the draft stays as it is. */
export function RollbackButton({ to, label }: { to: number; label: string }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const [comment, setComment] = useState("");
  const rollback = useMutation(trpc.revisions.rollback.mutationOptions());
  const submit = () =>
    rollback.mutate(
      { to, comment: comment.trim() },
      {
        onSuccess: ({ revision }) => {
          setOpen(false);
          notify({ title: `Revision ${revision} has the content of ${to}` });
          void client.invalidateQueries();
          router.push(`/revisions/${revision}`);
        },
      },
    );
  return (
    <>
      <Button onClick={() => setOpen(true)}>{label}</Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title={`Go back to revision ${to}`}
        description={`Every node gets what revision ${to} had, as a new revision. The draft is not touched.`}
      >
        <form
          className="fields"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <AreaField
            label="Comment"
            rows={2}
            maxLength={500}
            hint="Why; it stands in the history"
            error={rollback.error ? problemText(rollback.error) : undefined}
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
        </form>
        <footer>
          <Button onClick={() => setOpen(false)}>Keep what is live</Button>
          <Button variant="primary" busy={rollback.isPending} disabled={comment.trim() === ""} onClick={submit}>
            Roll back
          </Button>
        </footer>
      </Dialog>
    </>
  );
}
