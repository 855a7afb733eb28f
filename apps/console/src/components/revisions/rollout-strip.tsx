"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { duration } from "@/lib/format";
import type { RevisionNode } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Meter, type MeterPart } from "@/ui/meter";
import { Status, type Tone } from "@/ui/status";

const PARTS = { applied: "ok", refused: "fail", pending: "pend" } as const satisfies Record<RevisionNode["state"], MeterPart>;

/** How a just published revision lands, node by node, without a reload. */
export function RolloutStrip({ number }: { number: number }) {
  const trpc = useTRPC();
  const revision = useQuery(
    trpc.revisions.get.queryOptions(
      { number },
      {
        refetchInterval: (query) =>
          query.state.data?.nodes.every((node) => node.state === "applied") && query.state.data.targets > 0 ? 10_000 : 1_000,
      },
    ),
  );
  const nodes = revision.data?.nodes ?? [];
  const applied = nodes.filter((node) => node.state === "applied").length;
  const refused = nodes.filter((node) => node.state === "refused").length;
  const tone: Tone = refused > 0 ? "fail" : applied === nodes.length && nodes.length > 0 ? "ok" : "pend";
  const words =
    refused > 0
      ? `${refused} refused it`
      : nodes.length === 0
        ? "No node is connected; it waits for the first"
        : `${applied} of ${nodes.length} nodes applied`;
  return (
    <section className="ruled strip rollout" aria-label={`Rollout of revision ${number}`}>
      <div className="row between mb-2 wrap">
        <span className="row s3" role="status">
          <b className="b">Revision {number} is published</b>
          <Status tone={tone} coloured>
            {words}
          </Status>
        </span>
        <Link href={`/revisions/${number}`}>Open revision {number}</Link>
      </div>
      <Meter label={words} parts={nodes.map((node) => PARTS[node.state])} />
      <div className="row s4 wrap mt-2 t3 m11">
        {nodes.slice(0, 12).map((node) => (
          <span key={node.name}>
            {node.name} {node.state === "applied" ? (node.applyMs === null ? "applied" : duration(node.applyMs)) : node.state}
          </span>
        ))}
      </div>
    </section>
  );
}
