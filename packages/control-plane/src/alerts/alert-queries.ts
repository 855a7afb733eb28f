import { type FleetTransaction, type Prisma, withFleet } from "@sallyport/data";
import { SEVERITIES } from "@sallyport/snapshot/protocol";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant } from "../access/require.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound } from "../errors.js";
import { decodeCursor, encodeCursor, literally, type Page, pageOf } from "../page.js";
import { parse } from "../validation.js";
import { ALERT_ROW, type AlertDetail, type AlertEvent, type AlertRow, evidenceOfAlert, textsOf, toAlertRow } from "./alert-rows.js";
import { alertHistogramInput, alertNumber, listAlertsInput } from "./alerts.schemas.js";

/** How many alerts stand in each saved view. */
export interface AlertCounts {
  readonly needsSomebody: number;
  readonly open: number;
  readonly acknowledged: number;
  readonly closed: number;
  readonly mine: number;
  readonly crossTenant: number;
}

/** Events of one stretch of time. */
export interface AlertBucket {
  readonly at: Date;
  readonly critical: number;
  readonly high: number;
  readonly medium: number;
  readonly low: number;
}

export interface AlertQueries {
  /** Last seen first. */
  list(actor: Actor, input?: z.input<typeof listAlertsInput>): Promise<Page<AlertRow> & { counts: AlertCounts }>;
  /** @throws ServiceError `not_found`. */
  get(actor: Actor, number: number): Promise<AlertDetail>;
  histogram(actor: Actor, input: z.input<typeof alertHistogramInput>): Promise<{ buckets: AlertBucket[]; total: number }>;
}

const NEEDS_SOMEBODY = { status: { in: ["open", "acknowledged"] } } satisfies Prisma.AlertWhereInput;
const EVENTS_SHOWN = 20;

function filtersOf(actor: Actor, input: z.output<typeof listAlertsInput>): Prisma.AlertWhereInput[] {
  const filters: Prisma.AlertWhereInput[] = [];
  if (input.status) filters.push({ status: input.status });
  if (input.needsSomebody) filters.push(NEEDS_SOMEBODY);
  if (input.mine) filters.push({ assigneeId: actor.id });
  if (input.kind) filters.push({ kind: input.kind });
  if (input.severity) filters.push({ severity: input.severity });
  if (input.tenant) filters.push({ OR: [{ tenantSlug: input.tenant }, { tokenTenant: input.tenant }] });
  if (input.query) {
    const contains = { contains: literally(input.query), mode: "insensitive" } as const;
    const number = /^(?:a-)?(\d{1,9})$/i.exec(input.query)?.[1];
    const byNumber: Prisma.AlertWhereInput[] = number === undefined ? [] : [{ number: Number(number) }];
    filters.push({ OR: [{ title: contains }, { kind: contains }, { tenantSlug: contains }, { tokenTenant: contains }, ...byNumber] });
  }
  return filters;
}

async function countsOf(tx: FleetTransaction, actor: Actor): Promise<AlertCounts> {
  const byStatus = await tx.alert.groupBy({ by: ["status"], _count: { _all: true } });
  const of = (status: string): number => byStatus.find((row) => row.status === status)?._count._all ?? 0;
  const isPerson = actor.kind === "person";
  const mine = isPerson ? await tx.alert.count({ where: { ...NEEDS_SOMEBODY, assigneeId: actor.id } }) : 0;
  const crossTenant = await tx.alert.count({ where: { ...NEEDS_SOMEBODY, kind: "cross_tenant_attempt" } });
  const [open, acknowledged, closed] = [of("open"), of("acknowledged"), of("closed")];
  return { needsSomebody: open + acknowledged, open, acknowledged, closed, mine, crossTenant };
}

async function newestEvents(tx: FleetTransaction, alertId: string): Promise<AlertEvent[]> {
  const rows = await tx.securityEvent.findMany({ where: { alertId }, orderBy: [{ at: "desc" }, { id: "desc" }], take: EVENTS_SHOWN });
  const nodes = await tx.node.findMany({ where: { id: { in: rows.map(({ nodeId }) => nodeId) } }, select: { id: true, name: true } });
  const names = new Map(nodes.map(({ id, name }) => [id, name]));
  return rows.map(
    ({ nodeId, severity: _severity, kind: _kind, tenantSlug: _tenant, tokenTenant: _token, alertId: _alert, receivedAt: _at, ...event }) => ({
      ...event,
      node: names.get(nodeId) ?? "a node that is gone",
    }),
  );
}

export function createAlertQueries(deps: ControlPlaneDeps): AlertQueries {
  return {
    async list(actor, raw = {}) {
      requireFleetGrant(actor, "alert.read");
      const input = parse(listAlertsInput, raw);
      const filters = filtersOf(actor, input);
      if (input.cursor) {
        const [ms, id] = decodeCursor(input.cursor, z.tuple([z.int(), z.uuid()]));
        const at = new Date(ms);
        filters.push({ OR: [{ lastSeenAt: { lt: at } }, { lastSeenAt: at, id: { lt: id } }] });
      }
      return withFleet(deps.data.fleet, async (tx) => {
        const orderBy = [{ lastSeenAt: "desc" as const }, { id: "desc" as const }];
        const rows = await tx.alert.findMany({ where: { AND: filters }, orderBy, take: input.limit + 1, select: ALERT_ROW });
        const page = pageOf(rows, input.limit, (row) => encodeCursor([row.lastSeenAt.getTime(), row.id]), toAlertRow);
        return { ...page, counts: await countsOf(tx, actor) };
      });
    },

    async get(actor, asked) {
      requireFleetGrant(actor, "alert.read");
      const number = parse(alertNumber, asked);
      return withFleet(deps.data.fleet, async (tx) => {
        const closing = { acknowledgedAt: true, acknowledgedBy: true, closedAt: true, closedBy: true, closeReason: true } as const;
        const stored = await tx.alert.findUnique({ where: { number }, select: { ...ALERT_ROW, ...closing, evidence: true } });
        if (stored === null) throw notFound("alert");
        const history = await tx.alertHistory.findMany({
          where: { alertId: stored.id },
          orderBy: [{ at: "desc" }, { id: "desc" }],
          select: { id: true, at: true, actorName: true, action: true, note: true },
        });
        const { acknowledgedAt, acknowledgedBy, closedAt, closedBy, closeReason } = stored;
        const { meaning, advice } = textsOf(stored.kind);
        return {
          alert: { ...toAlertRow(stored), acknowledgedAt, acknowledgedBy, closedAt, closedBy, closeReason },
          meaning,
          advice,
          evidence: evidenceOfAlert(stored.evidence),
          events: await newestEvents(tx, stored.id),
          history,
        };
      });
    },

    async histogram(actor, raw) {
      requireFleetGrant(actor, "alert.read");
      const { from, to, buckets: count } = parse(alertHistogramInput, raw);
      const width = (to.getTime() - from.getTime()) / count;
      const rows = await withFleet(
        deps.data.fleet,
        (tx) => tx.$queryRaw<{ bucket: number; severity: (typeof SEVERITIES)[number]; events: number }[]>`
          select least(floor(extract(epoch from at - ${from}::timestamptz) * 1000 / ${width}::float8), ${count - 1})::int as bucket,
            severity::text as severity, sum(count)::float8 as events
          from security_event where at >= ${from} and at < ${to} group by 1, 2`,
      );
      const counts = Array.from({ length: count }, () => ({ critical: 0, high: 0, medium: 0, low: 0 }));
      let total = 0;
      for (const { bucket, severity, events } of rows) {
        const into = counts[bucket];
        if (into !== undefined && SEVERITIES.includes(severity)) into[severity] += events;
        total += events;
      }
      return { buckets: counts.map((each, index) => ({ at: new Date(from.getTime() + index * width), ...each })), total };
    },
  };
}
