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

const MAX_COMMENT = 500;

/** The comment and the button. A refusal keeps the comment and says what to do. */
export function PublishPanel({
  base,
  sections,
  everything,
  blocked,
  onPublished,
}: {
  base: number | null;
  /** Names of the chosen sections. */
  sections: readonly string[];
  /** All that differ are chosen. */
  everything: boolean;
  blocked: boolean;
  onPublished: (revision: number) => void;
}) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const publish = useMutation(trpc.draft.publish.mutationOptions());
  const [comment, setComment] = useState("");
  const [commentError, setCommentError] = useState<string>();
  useUnsavedEdits(comment.trim() !== "");
  const next = (base ?? 0) + 1;
  const submit = () => {
    if (comment.trim() === "") return setCommentError("Say in one sentence what this changes and why");
    setCommentError(undefined);
    publish.mutate(
      { comment: comment.trim(), base, ...(everything ? {} : { sections: [...sections] }) },
      {
        onSuccess: ({ revision }) => {
          setComment("");
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
