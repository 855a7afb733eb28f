"use client";

import { useQuery } from "@tanstack/react-query";
import { inWords, sentence } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { PageHead } from "@/ui/page-head";
import { RevocationList } from "./revocation-list";
import { RevokeButton } from "./revoke-button";

/** What was taken back at once, and have all nodes heard it? */
export function RevocationsPage() {
  const trpc = useTRPC();
  const spreading = useQuery(trpc.revocations.list.queryOptions({ show: "spreading", limit: 1 }, { refetchInterval: 3_000 }));
  return (
    <>
      <PageHead title="Revocations" answer={answerOf(spreading.data?.total)} actions={<RevokeButton slug={null} />} />
      <RevocationList slug={null} />
    </>
  );
}

function answerOf(total: number | undefined): string {
  if (total === undefined) return "What was taken back without a publish, and since when each node knows.";
  if (total === 0) return "Everything that was taken back without a publish is in effect at every node.";
  return `${sentence(inWords(total))} ${total === 1 ? "has" : "have"} not reached every node yet.`;
}
