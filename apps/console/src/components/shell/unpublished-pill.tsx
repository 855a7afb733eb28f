"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMe } from "@/components/session/session-context";
import { count } from "@/lib/format";
import { useTRPC } from "@/trpc/client";

/** How much of the draft is not live; leads to the review. Absent when nothing differs. */
export function UnpublishedPill() {
  const trpc = useTRPC();
  const { can } = useMe();
  const summary = useQuery(trpc.draft.summary.queryOptions(undefined, { enabled: can("draft.read"), refetchInterval: 10_000 }));
  if (!summary.data?.unpublished) return null;
  return (
    <Link className="unpub st draft" href="/draft" aria-label={`${summary.data.unpublished} unpublished: review the draft`}>
      {count(summary.data.unpublished)} <span>unpublished</span>
    </Link>
  );
}
