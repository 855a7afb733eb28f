"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { countOf } from "@/lib/format";
import { problemText } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { notify } from "@/ui/toast";

/** Names the traffic affected, and wants the slug typed. */
export function DeleteTenantDialog({
  open,
  slug,
  requests,
  apiKeys,
  onClose,
}: {
  open: boolean;
  slug: string;
  requests: string;
  /** How many it has. */
  apiKeys: number;
  onClose: () => void;
}) {
  const trpc = useTRPC();
  const router = useRouter();
  const client = useQueryClient();
  const [typed, setTyped] = useState("");
  const remove = useMutation(trpc.tenants.remove.mutationOptions());
  const submit = () =>
    remove.mutate(
      { slug, confirm: typed },
      {
        onSuccess: () => {
          notify({ title: `${slug} is deleted in the draft` });
          // Only what lists tenants is asked again: this page still shows one that is gone.
          void client.invalidateQueries({ queryKey: trpc.tenants.list.queryKey() });
          void client.invalidateQueries({ queryKey: trpc.draft.summary.queryKey() });
          router.push("/tenants");
        },
      },
    );
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Delete tenant ${slug}`}
      description={
        <>
          {requests} requests of the last 24 h came for it. They get 404 <code>tenant_not_found</code> as soon as the nodes apply the next revision.
          {apiKeys > 0 && ` No discard brings its ${countOf(apiKeys, "API key")} back.`}
        </>
      }
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === slug) submit();
        }}
      >
        <TextField
          label="Type the slug to go on"
          mono
          autoComplete="off"
          spellCheck={false}
          error={remove.error ? problemText(remove.error) : undefined}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </form>
      <footer>
        <Button onClick={onClose}>Keep {slug}</Button>
        <Button variant="danger" disabled={typed !== slug} busy={remove.isPending} onClick={submit}>
          Delete {slug}
        </Button>
      </footer>
    </Dialog>
  );
}
