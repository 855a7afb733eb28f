"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMe } from "@/components/session/session-context";
import { useSlug } from "@/components/tenant/use-tenant";
import { problemText } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { CheckField } from "@/ui/field";
import { notify } from "@/ui/toast";

/** Whether what the tenant's people save waits for an operator. It holds at once. */
export function PortalChangesSetting() {
  const trpc = useTRPC();
  const slug = useSlug();
  const { can } = useMe();
  const current = useQuery(trpc.portalChanges.goesLive.queryOptions({ slug }));
  const change = useMutation(trpc.portalChanges.setGoesLive.mutationOptions());
  // State of its own, because the mutation's reaches the box a moment after the click, and until then the box would spring back.
  const [chosen, setChosen] = useState<boolean>();
  const was = current.data;
  if (was === undefined) return null;
  return (
    <section className="room topped pt-4 pb-4">
      <CheckField
        label="What they save goes live by itself"
        checked={chosen ?? was}
        disabled={!can("portal.write") || !can("revision.publish") || chosen !== undefined}
        onChange={(event) => {
          setChosen(event.target.checked);
          change.mutate(
            { slug, goesLive: event.target.checked, was },
            {
              onSuccess: ({ goesLive }) => notify({ title: goesLive ? "What they save goes live" : "What they save waits in the draft" }),
              onSettled: () => void current.refetch().finally(() => setChosen(undefined)),
            },
          );
        }}
      />
      <p className="t3 mt-1">
        Identity providers and their secrets alone, through every check of a publish. What lets in more than before, fails a test or meets other
        changes of {slug} waits in the draft all the same.
      </p>
      {change.error && (
        <p className="err" role="alert">
          {problemText(change.error)}
        </p>
      )}
    </section>
  );
}
