import { type FleetTransaction, Prisma, withFleet } from "@sallyport/data";
import type { SyncRequest } from "@sallyport/snapshot/protocol";
import type { ControlPlaneDeps } from "../deps.js";
import { asJson } from "../objects/write-stored.js";
import type { NodeRecord } from "./node-directory.js";

/** A node's last report on a revision; reports on one that is not known here are left. */
async function upsertDelivery(
  tx: FleetTransaction,
  report: { nodeId: string; revision: number; state: "applied" | "refused"; at: Date; applyMs: number | null; errors: string | null },
): Promise<void> {
  const { nodeId, revision, state, at, applyMs, errors } = report;
  await tx.$executeRaw`
    insert into revision_delivery (revision, node_id, state, at, apply_ms, errors)
    select ${revision}, ${nodeId}::uuid, ${state}::delivery_state, ${at}, ${applyMs}, ${errors}::jsonb
    where exists (select from revision where number = ${revision})
    on conflict (revision, node_id) do update
      set state = excluded.state, at = excluded.at, apply_ms = excluded.apply_ms, errors = excluded.errors`;
}

/** A revision is live when the nodes that were connected at its publishing have it, or a later one (DESIGN §5). */
export async function markLive(tx: FleetTransaction, groupId: string, at: Date): Promise<void> {
  await tx.$executeRaw`
    update revision_group g set live_at = ${at}
    where g.group_id = ${groupId}::uuid and g.live_at is null and not exists (
      select from jsonb_array_elements_text(g.target_nodes) target
      join node n on n.id = target::uuid and n.status = 'active'
      where n.applied_revision is null or n.applied_revision < g.revision
    )`;
}

/** Whether what the node states is news. An idle poll writes nothing. */
function isNews(node: NodeRecord, request: SyncRequest): boolean {
  return (
    request.delivery !== undefined ||
    request.revision !== node.appliedRevision ||
    request.epoch !== node.appliedEpoch ||
    request.rootHash !== node.appliedRootHash
  );
}

/**
 * Takes down what the node says of itself: what it runs, and what became of the last delivery.
 * @returns whether anything was written
 */
export async function recordReport(deps: ControlPlaneDeps, node: NodeRecord, request: SyncRequest): Promise<boolean> {
  if (!isNews(node, request)) return false;
  const at = new Date(deps.clock.now());
  const { delivery, revision, epoch, rootHash } = request;
  await withFleet(deps.data.fleet, async (tx) => {
    const runs = { appliedRevision: revision, appliedEpoch: epoch, appliedRootHash: rootHash, lastSeenAt: at };
    if (delivery?.outcome === "nack") {
      await tx.node.update({
        where: { id: node.id },
        data: { ...runs, nackedRevision: delivery.revision, nackErrors: asJson(delivery.errors), lastAckAt: at },
      });
      const errors = JSON.stringify(delivery.errors);
      await upsertDelivery(tx, { nodeId: node.id, revision: delivery.revision, state: "refused", at, applyMs: null, errors });
      return;
    }
    const applied =
      revision !== null && revision !== node.appliedRevision ? { appliedAt: at, nackedRevision: null, nackErrors: Prisma.DbNull, lastAckAt: at } : {};
    const applyMs = delivery?.applyMs ?? null;
    await tx.node.update({ where: { id: node.id }, data: { ...runs, ...applied, ...(delivery === undefined ? {} : { applyMs, lastAckAt: at }) } });
    if (revision === null) return;
    await upsertDelivery(tx, { nodeId: node.id, revision, state: "applied", at, applyMs, errors: null });
    await markLive(tx, node.groupId, at);
  });
  return true;
}
