"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { WordField } from "@/components/draft/word-field";
import { problemOf, problemText } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { AreaField } from "@/ui/field";
import { notify } from "@/ui/toast";

/** What a refusal asks to be typed; null for every other failure. */
function wordOf(error: unknown): string | null {
  const { code, current } = problemOf(error);
  const word = code === "unconfirmed" && typeof current === "object" && current !== null && "word" in current ? current.word : null;
  return typeof word === "string" ? word : null;
}

/** Makes a new revision with the content of an old one; the draft stays as it is. */
export function RollbackButton({ to, label }: { to: number; label: string }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const [comment, setComment] = useState("");
  const [typed, setTyped] = useState("");
  const rollback = useMutation(trpc.revisions.rollback.mutationOptions());
  // Whether it opens something is known to the service: it refuses, and says what is to be typed.
  const word = rollback.error ? wordOf(rollback.error) : null;
  const [asked, setAsked] = useState<string | null>(null);
  const needed = word ?? asked;
  const submit = () =>
    rollback.mutate(
      { to, comment: comment.trim(), ...(needed === null ? {} : { confirm: typed.trim() }) },
      {
        onSuccess: ({ revision }) => {
          setOpen(false);
          notify({ title: `Revision ${revision} has the content of ${to}` });
          void client.invalidateQueries();
          router.push(`/revisions/${revision}`);
        },
        onError: (error) => setAsked(wordOf(error) ?? needed),
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
            error={rollback.error && word === null ? problemText(rollback.error) : undefined}
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
          {needed !== null && (
            <WordField
              word={needed}
              hint={`With revision ${to}, requests that have to prove who calls pass without it`}
              error={word !== null && typed !== "" ? "Type the word as it stands there" : undefined}
              value={typed}
              onType={setTyped}
            />
          )}
        </form>
        <footer>
          <Button onClick={() => setOpen(false)}>Keep what is live</Button>
          <Button
            variant="primary"
            busy={rollback.isPending}
            disabled={comment.trim() === "" || (needed !== null && typed.trim() !== needed)}
            onClick={submit}
          >
            Roll back
          </Button>
        </footer>
      </Dialog>
    </>
  );
}
