import type { FleetTransaction } from "@sallyport/data";
import type { DecidedBy } from "@sallyport/snapshot/protocol";
import { SILENT_AFTER_MS } from "../nodes/node-state.js";
import type { Decisions, Measured } from "./judge.js";
import { candidatesOf, findUnsettled, isStaged, type Rollout } from "./unsettled-rollout.js";

/** How far back the nodes of a stage are looked at for what they refused before. */
const BEFORE_MS = 15 * 60_000;
/** How much of the time since the stage was opened is judged: the end of it, so that what begins late is seen, too. */
const JUDGED_MS = 5 * 60_000;
const MINUTE_MS = 60_000;

/**
 * Notes, at the moment in which a stage is opened, what its nodes decided in the quarter of an hour before, and for all nodes how far the
 * minute has counted: what is judged is what comes after. What nodes tell later of before is added by {@link markDecidedEarlier}.
 */
export async function markDecisions(tx: FleetTransaction, { revision, stage }: Pick<Rollout, "revision" | "stage">, now: number): Promise<void> {
  const at = new Date(now);
  const opened = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const before = new Date(Math.max(now - BEFORE_MS, await endOfLast(tx)));
  await tx.$executeRaw`
    with counted as (
      select node_id, least(coalesce(sum(count) filter (where minute >= ${before}), 0), 2000000000)::int as total,
        least(coalesce(sum(count) filter (where minute >= ${before} and result <> 'allow'), 0), 2000000000)::int as refused,
        least(coalesce(sum(count) filter (where minute >= ${new Date(opened)}), 0), 2000000000)::int as mark_total,
        least(coalesce(sum(count) filter (where minute >= ${new Date(opened)} and result <> 'allow'), 0), 2000000000)::int as mark_refused
      from decision_count where minute >= ${new Date(Math.min(before.getTime(), opened))} group by node_id
    )
    update rollout_node r set
      mark_total = coalesce(c.mark_total, 0),
      mark_refused = coalesce(c.mark_refused, 0),
      before_total = case when r.reached_at is null and r.stage <= ${stage} then coalesce(c.total, 0) else r.before_total end,
      before_refused = case when r.reached_at is null and r.stage <= ${stage} then coalesce(c.refused, 0) else r.before_refused end,
      connected = case when r.reached_at is null then coalesce(n.last_seen_at >= ${new Date(now - SILENT_AFTER_MS)}, false) else r.connected end,
      reached_at = case when r.stage <= ${stage} then coalesce(r.reached_at, ${at}) end
    from node n left join counted c on c.node_id = n.id
    where r.revision = ${revision} and n.id = r.node_id`;
}

/**
 * Adds what a node decided by other revisions, and told after its stage was opened, to what is not judged of it.
 * A node of an older build does not say which revision decided: all that it tells late is judged.
 */
export async function markDecidedEarlier(tx: FleetTransaction, nodeId: string, decided: readonly DecidedBy[]): Promise<void> {
  if (decided.length === 0) return;
  const rollout = await findUnsettled(tx);
  if (rollout === null) return;
  const candidates = await candidatesOf(tx, rollout);
  const opened = Math.floor(rollout.stageAt.getTime() / MINUTE_MS) * MINUTE_MS;
  const earlier = decided.filter(({ revision, minute }) => !candidates.has(revision ?? 0) && Date.parse(minute) >= opened);
  const { total, refused } = sum(earlier);
  if (total === 0) return;
  await tx.rolloutNode.updateMany({
    where: { revision: rollout.revision, nodeId, reachedAt: { not: null } },
    data: { markTotal: { increment: total }, markRefused: { increment: refused } },
  });
}

/** The first whole minute after the last rollout ended, ms since the epoch: what a node refused while it tried another revision is no measure. */
async function endOfLast(tx: FleetTransaction): Promise<number> {
  const { _max: last } = await tx.rollout.aggregate({ _max: { settledAt: true } });
  return last.settledAt === null ? 0 : Math.ceil(last.settledAt.getTime() / MINUTE_MS) * MINUTE_MS;
}

/** What one node decided lately, since the stage was opened, and before it was reached. */
export interface NodeDecisions {
  readonly after: Decisions;
  /** Null for a node that keeps the old content. */
  readonly before: Decisions | null;
}

/**
 * Decisions by node id: of the nodes of the rollout's groups that are active, in the last five minutes and since the stage was opened. None for a
 * rollout that is settled. @param now ms since the epoch
 */
export async function readDecisions(tx: FleetTransaction, rollout: Rollout, now: number): Promise<Map<string, NodeDecisions>> {
  const { revision, stage, stageAt } = rollout;
  if (rollout.settledAt !== null) return new Map();
  const opened = Math.floor(stageAt.getTime() / MINUTE_MS) * MINUTE_MS;
  const from = Math.max(opened, now - JUDGED_MS);
  const [counted, nodes, marks] = await Promise.all([
    tx.$queryRaw<{ node_id: string; total: number; refused: number }[]>`
      select node_id, sum(count)::float8 as total, coalesce(sum(count) filter (where result <> 'allow'), 0)::float8 as refused
      from decision_count where minute >= ${new Date(from)} group by node_id`,
    tx.node.findMany({ where: { status: "active" }, select: { id: true, groupId: true } }),
    tx.rolloutNode.findMany({ where: { revision } }),
  ]);
  const counts = new Map(counted.map(({ node_id, total, refused }) => [node_id, { total, refused }]));
  const places = new Map(marks.map((mark) => [mark.nodeId, mark]));
  const decisions = new Map<string, NodeDecisions>();
  for (const { id, groupId } of nodes) {
    if (!isStaged(rollout, groupId)) continue;
    const { total, refused } = counts.get(id) ?? { total: 0, refused: 0 };
    const mark = places.get(id);
    const marked = from === opened ? mark : undefined;
    const after = { total: Math.max(0, total - (marked?.markTotal ?? 0)), refused: Math.max(0, refused - (marked?.markRefused ?? 0)) };
    const isReached = mark !== undefined && mark.stage <= stage;
    decisions.set(id, { after, before: isReached ? { total: mark.beforeTotal, refused: mark.beforeRefused } : null });
  }
  return decisions;
}

const sum = (all: readonly Decisions[]): Decisions => ({
  total: all.reduce((total, each) => total + each.total, 0),
  refused: all.reduce((refused, each) => refused + each.refused, 0),
});

/** The decisions of both sides together. */
export function measuredOf(decisions: ReadonlyMap<string, NodeDecisions>): Measured {
  const all = [...decisions.values()];
  const reached = all.filter(({ before }) => before !== null);
  return {
    after: sum(reached.map(({ after }) => after)),
    before: sum(reached.flatMap(({ before }) => before ?? [])),
    others: sum(all.filter(({ before }) => before === null).map(({ after }) => after)),
  };
}
