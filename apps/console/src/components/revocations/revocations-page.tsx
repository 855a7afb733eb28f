"use client";

import { useQuery } from "@tanstack/react-query";
import { countOf } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { PageHead } from "@/ui/page-head";
import { RevocationList } from "./revocation-list";

/** What do nodes refuse by somebody's word, and have all of them heard it? */
export function RevocationsPage() {
  const trpc = useTRPC();
  const list = useQuery(trpc.revocations.list.queryOptions({ show: "in_force" }, { refetchInterval: 3_000 }));
  const unreached = list.data?.items.filter(({ reach: { unreachable } }) => unreachable > 0).length ?? 0;
  const total = list.data?.total ?? 0;
  return (
    <>
      <PageHead
        title="Revocations"
        answer={
          list.data === undefined
            ? "Tokens, subjects and tenants that nodes refuse without a publish."
            : total === 0
              ? "Nodes refuse nothing but what is published."
              : unreached > 0
                ? `${countOf(total, "revocation")} in force; ${unreached === 1 ? "one has" : `${unreached} have`} not reached every node.`
                : `${countOf(total, "revocation")} in force.`
        }
      />
      <RevocationList slug={null} />
    </>
  );
}
