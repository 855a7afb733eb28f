"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { RemoveButton } from "@/components/tenant/remove-button";
import { useTRPC } from "@/trpc/client";
import { notify } from "@/ui/toast";

/** Puts the live content of one section back, after asking. */
export function DiscardButton({ section, title, added }: { section: string; title: string; added: boolean }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const discard = useMutation(trpc.draft.discard.mutationOptions());
  return (
    <RemoveButton
      what={`the edits of ${title}`}
      size="xs"
      consequence={
        added
          ? `${title} was never published: it disappears from the draft.`
          : "What is live comes back into the draft. The edits cannot be brought back."
      }
      onRemove={async () => {
        await discard.mutateAsync({ section });
        notify({ title: `The edits of ${title} are discarded` });
        await client.invalidateQueries();
      }}
    >
      Discard…
    </RemoveButton>
  );
}
