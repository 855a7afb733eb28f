"use client";

import dynamic from "next/dynamic";
import { parseAsString, useQueryState, useQueryStates } from "nuqs";
import { useState } from "react";
import { useMe } from "@/components/session/session-context";
import { usePager } from "@/hooks/use-pager";
import { Button } from "@/ui/button";
import { revocationFilters } from "./shown";

const RevokeDialog = dynamic(() => import("./revoke-dialog").then((module) => module.RevokeDialog), { ssr: false });

/** Revokes something of one tenant or, with null, of any, and opens what was made in the list. Nothing for who may not. */
export function RevokeButton({ slug }: { slug: string | null }) {
  const { can } = useMe();
  const pager = usePager();
  const [, setFilters] = useQueryStates(revocationFilters);
  const [, setOpen] = useQueryState("open", parseAsString.withOptions({ history: "push" }));
  const [revoking, setRevoking] = useState(false);
  if (!can("revocation.write")) return null;
  return (
    <>
      <Button size="sm" variant="danger" onClick={() => setRevoking(true)}>
        Revoke…
      </Button>
      {revoking && (
        <RevokeDialog
          slug={slug}
          onClose={() => setRevoking(false)}
          onDone={({ id }) => {
            setRevoking(false);
            pager.first();
            void setFilters(null);
            void setOpen(id);
          }}
        />
      )}
    </>
  );
}
