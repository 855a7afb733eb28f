import type { FleetTransaction } from "@sallyport/data";
import { type NackError, nackError } from "@sallyport/snapshot/protocol";
import { z } from "zod";
import { SILENT_AFTER_MS } from "../nodes/node-state.js";

/** Where a revision stands at one node. */
export interface RevisionNode {
  readonly name: string;
  readonly group: string;
  readonly state: "pending" | "applied" | "refused";
  readonly appliedAt: Date | null;
  /** From delivery to swap, ms. */
  readonly applyMs: number | null;
  readonly errors: readonly NackError[];
}

const errorList = z.array(nackError);
const idList = z.array(z.string());

export const parseNackErrors = (value: unknown): readonly NackError[] => errorList.safeParse(value).data ?? [];

/** Ids of the nodes that were connected when the revision was published. */
export const parseTargets = (value: unknown): readonly string[] => idList.safeParse(value).data ?? [];

/**
 * The revision at each node that counts for it: those that were connected at its publishing, and, while it is the newest, those that
 * are connected now. Revoked and archived nodes do not count.
 */
export async function revisionNodes(
  tx: FleetTransaction,
  revision: { readonly number: number; readonly isLive: boolean },
  now: number,
): Promise<RevisionNode[]> {
  const groups = await tx.revisionGroup.findMany({ where: { revision: revision.number }, select: { targetNodes: true } });
  const targets = groups.flatMap(({ targetNodes }) => parseTargets(targetNodes));
  const connected = revision.isLive ? [{ lastSeenAt: { gte: new Date(now - SILENT_AFTER_MS) } }] : [];
  const [nodes, deliveries] = await Promise.all([
    tx.node.findMany({
      where: { status: "active", OR: [{ id: { in: targets } }, ...connected] },
      orderBy: { name: "asc" },
      select: { id: true, name: true, appliedRevision: true, appliedAt: true, applyMs: true, group: { select: { name: true } } },
    }),
    tx.revisionDelivery.findMany({ where: { revision: revision.number } }),
  ]);
  const byNode = new Map(deliveries.map((delivery) => [delivery.nodeId, delivery]));
  return nodes.map((node) => {
    const delivery = byNode.get(node.id);
    const runsIt = node.appliedRevision === revision.number;
    const state = delivery?.state ?? (runsIt ? "applied" : "pending");
    const applied = state === "applied";
    return {
      name: node.name,
      group: node.group.name,
      state,
      appliedAt: applied ? (delivery?.at ?? node.appliedAt) : null,
      applyMs: applied ? (delivery?.applyMs ?? node.applyMs) : null,
      errors: state === "refused" ? parseNackErrors(delivery?.errors) : [],
    };
  });
}
