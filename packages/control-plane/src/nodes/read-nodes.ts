import type { FleetTransaction } from "@sallyport/data";
import { type Offer, readOffer } from "../rollouts/offer.js";
import { NODE_ROW, type NodeRow, type StoredNode, toNodeRow } from "./node-rows.js";
import type { Target } from "./node-state.js";

const HOUR_MS = 3_600_000;
const HOURS = 24;

/**
 * What the node should run: what it is offered. Of one that refused the newest revision that is still this one, although it is given the
 * old content meanwhile.
 */
function targetOf(offer: Offer | null, node: StoredNode): Target | null {
  if (offer === null) return null;
  const { id, group, appliedRevision } = node;
  return { revision: offer.of({ id, groupId: group.id, appliedRevision, nackedRevision: null }), epoch: offer.newest.epoch };
}

/** Requests by node in each of the last 24 hours, oldest first. */
async function sparks(tx: FleetTransaction, now: number): Promise<Map<string, number[]>> {
  const from = new Date(now - HOURS * HOUR_MS);
  const rows = await tx.$queryRaw<{ node_id: string; hour: number; count: bigint }[]>`
    select node_id, floor(extract(epoch from (minute - ${from}::timestamptz)) / 3600)::int as hour, sum(count)::bigint as count
    from decision_count where minute >= ${from} and minute <= ${new Date(now)} group by 1, 2`;
  const byNode = new Map<string, number[]>();
  for (const { node_id, hour, count } of rows) {
    const spark = byNode.get(node_id) ?? Array.from({ length: HOURS }, () => 0);
    spark[Math.min(hour, HOURS - 1)] = Number(count);
    byNode.set(node_id, spark);
  }
  return byNode;
}

/** Every node that is not archived, by name. */
export async function readNodes(tx: FleetTransaction, now: number): Promise<NodeRow[]> {
  const offer = await readOffer(tx);
  const nodes = await tx.node.findMany({ where: { status: { not: "archived" } }, orderBy: { name: "asc" }, select: NODE_ROW });
  const traffic = await sparks(tx, now);
  return nodes.map((node) => toNodeRow(node, targetOf(offer, node), now, traffic.get(node.id)));
}
