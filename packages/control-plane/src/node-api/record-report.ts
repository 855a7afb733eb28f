import { type FleetTransaction, withFleet } from "@sallyport/data";
import { failpoint } from "@sallyport/failpoints";
import type { DeliveryReport, SyncRequest } from "@sallyport/snapshot/protocol";
import type { ControlPlaneDeps } from "../deps.js";
import { batched } from "./batches.js";
import type { NodeRecord } from "./node-directory.js";

/** What a node states, as it is stored. */
interface Report {
  readonly id: string;
  readonly groupId: string;
  readonly at: string;
  readonly revision: number | null;
  readonly epoch: number | null;
  readonly rootHash: string | null;
  /** Of the last delivery; null when there was none since the last report. */
  readonly delivery: DeliveryReport | null;
}

/**
 * Stores the reports of many nodes in few statements. Rows are locked in the order of their ids, as heartbeats lock them. Reports on
 * a revision that is not known here are left.
 */
async function storeReports(tx: FleetTransaction, reports: readonly Report[]): Promise<void> {
  const rows = JSON.stringify(
    reports.map(({ id, at, revision, epoch, rootHash, delivery }) => ({
      ...{ id, at, revision, epoch, root_hash: rootHash },
      reported: delivery !== null,
      refused: delivery?.outcome === "nack" ? delivery.revision : null,
      errors: delivery?.outcome === "nack" ? delivery.errors : null,
      apply_ms: delivery?.outcome === "ack" ? delivery.applyMs : null,
    })),
  );
  await tx.$executeRaw`
    with report as (
      select * from jsonb_to_recordset(${rows}::jsonb) as r (id uuid, at timestamptz, revision int, epoch int, root_hash text,
        reported boolean, refused int, errors jsonb, apply_ms float8)
    ), locked as materialized (
      select id from node where id in (select id from report) order by id for no key update
    ), news as (
      select r.*, r.refused is null and r.revision is not null and r.revision is distinct from n.applied_revision as moved
      from report r join locked using (id) join node n using (id)
    )
    update node n set applied_revision = r.revision, applied_epoch = r.epoch, applied_root_hash = r.root_hash, last_seen_at = r.at,
      applied_at = case when r.moved then r.at else n.applied_at end,
      nacked_revision = case when r.refused is not null then r.refused when r.moved then null else n.nacked_revision end,
      nack_errors = case when r.refused is not null then r.errors when r.moved then null else n.nack_errors end,
      last_ack_at = case when r.moved or r.reported then r.at else n.last_ack_at end,
      apply_ms = case when r.reported and r.refused is null then r.apply_ms else n.apply_ms end
    from news r where n.id = r.id`;
  await tx.$executeRaw`
    insert into revision_delivery (revision, node_id, state, at, apply_ms, errors)
    select coalesce(refused, revision), id, (case when refused is null then 'applied' else 'refused' end)::delivery_state, at, apply_ms, errors
    from jsonb_to_recordset(${rows}::jsonb) as r (id uuid, at timestamptz, revision int, refused int, errors jsonb, apply_ms float8)
    where exists (select from revision where number = coalesce(refused, r.revision))
    order by id
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
 * Takes down what a node says of itself: what it runs, and what became of the last delivery.
 * @returns whether anything was written
 */
export type RecordReport = (node: NodeRecord, request: SyncRequest) => Promise<boolean>;

export function createReports(deps: ControlPlaneDeps): RecordReport {
  const store = batched(async (reports: readonly Report[]) => {
    // Of a node that polled twice, the later one counts.
    const last = [...new Map(reports.map((report) => [report.id, report])).values()];
    await withFleet(deps.data.fleet, async (tx) => {
      await storeReports(tx, last);
      failpoint("sync.report_stored");
      const groups = new Set(last.flatMap(({ groupId, revision, delivery }) => (revision === null || delivery?.outcome === "nack" ? [] : [groupId])));
      for (const groupId of [...groups].sort()) await markLive(tx, groupId, new Date(deps.clock.now()));
      failpoint("sync.report_marked");
    });
    return reports.map(() => undefined);
  });
  return async (node, request) => {
    if (!isNews(node, request)) return false;
    const { delivery, revision, epoch, rootHash } = request;
    const at = new Date(deps.clock.now()).toISOString();
    await store({ id: node.id, groupId: node.groupId, at, revision, epoch, rootHash, delivery: delivery ?? null });
    return true;
  };
}
