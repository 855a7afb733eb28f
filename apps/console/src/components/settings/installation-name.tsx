"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useUnsavedEdits } from "@/components/leaving/leave-guard";
import { useMe } from "@/components/session/session-context";
import { problemOf } from "@/lib/problem";
import type { RouterOutputs } from "@/server/trpc/root";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { notify } from "@/ui/toast";

/** Who runs this installation. It stands at the foot of the menu, and holds at once: no node learns it. */
export function InstallationName({ initial }: { initial: RouterOutputs["installation"]["facts"] }) {
  const trpc = useTRPC();
  const router = useRouter();
  const { can } = useMe();
  const facts = useQuery(trpc.installation.facts.queryOptions(undefined, { initialData: initial }));
  const rename = useMutation(trpc.installation.rename.mutationOptions());
  const [typed, setTyped] = useState<string | null>(null);
  const was = facts.data.orgName;
  const edited = typed !== null && typed.trim() !== was;
  useUnsavedEdits(edited);
  const problem = rename.error && problemOf(rename.error);
  const submit = () =>
    rename.mutate(
      { orgName: typed ?? was, was },
      {
        onSuccess: ({ orgName }) => {
          setTyped(null);
          notify({ title: `This installation is called ${orgName}` });
          router.refresh();
        },
        onSettled: () => void facts.refetch(),
      },
    );
  return (
    <form
      className="room ruled pt-4 pb-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <fieldset className="bare row wrap items-start" disabled={!can("fleet.write")}>
        <div className="grow max-w-100">
          <TextField
            label="Organisation"
            hint="Stands at the foot of the menu; holds at once"
            maxLength={80}
            error={problem ? (problem.issues[0]?.message ?? problem.message) : undefined}
            value={typed ?? was}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
        {can("fleet.write") && (
          <Button type="submit" className="mt-6" busy={rename.isPending} disabled={!edited}>
            Save the name
          </Button>
        )}
      </fieldset>
    </form>
  );
}
