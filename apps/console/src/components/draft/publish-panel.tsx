"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useUnsavedEdits } from "@/components/leaving/leave-guard";
import { countOf } from "@/lib/format";
import { problemOf, problemText } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { AreaField } from "@/ui/field";
import { Status } from "@/ui/status";
import type { Review } from "./use-review";
import { WordField } from "./word-field";

const MAX_COMMENT = 500;

/** The comment and the button. A refusal keeps the comment and says what to do. */
export function PublishPanel({
  base,
  sections,
  everything,
  review,
  acknowledged,
  onPublished,
}: {
  base: number | null;
  /** Names of the chosen sections. */
  sections: readonly string[];
  /** All that differ are chosen. */
  everything: boolean;
  /** What the checks found of the chosen sections; undefined while that is not known. */
  review: Review | undefined;
  /** Ids of the warnings that somebody has said to be meant. */
  acknowledged: ReadonlySet<string>;
  onPublished: (revision: number) => void;
}) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const publish = useMutation(trpc.draft.publish.mutationOptions());
  const [comment, setComment] = useState("");
  const [commentError, setCommentError] = useState<string>();
  const [typed, setTyped] = useState("");
  useUnsavedEdits(comment.trim() !== "");
  const word = review?.word ?? null;
  const meant = (review?.warnings ?? []).filter(({ severity, id }) => severity !== "notice" && acknowledged.has(id)).map(({ id }) => id);
  const open = (review?.warnings ?? []).some(({ severity, id }) => severity !== "notice" && !acknowledged.has(id));
  const blocked = review?.ok === false || open || (word !== null && typed.trim() !== word);
  const next = (base ?? 0) + 1;
  const submit = () => {
    if (blocked) return;
    if (comment.trim() === "") return setCommentError("Say in one sentence what this changes and why");
    setCommentError(undefined);
    publish.mutate(
      {
        ...{ comment: comment.trim(), base, acknowledge: meant },
        ...(everything ? {} : { sections: [...sections] }),
        ...(word === null ? {} : { confirm: typed.trim() }),
      },
      {
        onSuccess: ({ revision }) => {
          setComment("");
          setTyped("");
          onPublished(revision);
        },
        onSettled: () => void client.invalidateQueries(),
      },
    );
  };
  const conflict = publish.error && problemOf(publish.error).code === "conflict";
  return (
    <form
      className="room fields pt-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {publish.error && (
        <div className="note fail" role="alert">
          <Status tone="fail" />
          <span>
            {conflict
              ? "Somebody published meanwhile. The diff beside is now against their revision: look again, then publish."
              : problemText(publish.error)}
          </span>
        </div>
      )}
      <AreaField
        label="Comment"
        rows={3}
        maxLength={MAX_COMMENT}
        hint="What this changes and why; it stands in the history"
        error={commentError}
        value={comment}
        onChange={(event) => {
          setComment(event.target.value);
          setCommentError(undefined);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) submit();
        }}
      />
      {word !== null && <WordField word={word} hint="Requests that had to prove who calls will pass without it" value={typed} onType={setTyped} />}
      {open && <p className="t2">Acknowledge each warning above, or change what causes it.</p>}
      <Button type="submit" variant="primary" busy={publish.isPending} disabled={blocked || sections.length === 0}>
        {publish.isPending
          ? "Publishing…"
          : everything
            ? `Publish revision ${next}`
            : `Publish ${countOf(sections.length, "section")} as revision ${next}`}
      </Button>
    </form>
  );
}
