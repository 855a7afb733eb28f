import { type TenantTransaction, withTenant } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import type { z } from "zod";
import { requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import { type AuditEntry, recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import { lockTenant } from "../objects/tenant-lock.js";
import { parse } from "../validation.js";
import { recordingInput, startRecordingInput } from "./traffic.schemas.js";

/** What was recorded of a tenant's traffic. */
export interface RecordingRow {
  readonly id: string;
  readonly state: "running" | "ended" | "full";
  /** Empty: every route. */
  readonly routes: readonly string[];
  readonly startedAt: Date;
  readonly startedBy: string;
  /** When it ended, or will. */
  readonly endsAt: Date;
  /** Requests that came as far as the limits; every one of them, except for those that are lost. */
  readonly requests: number;
  /** Requests that a node had no room for. */
  readonly lost: number;
  /** Nodes that have reported any. */
  readonly nodes: number;
}

/**
 * Requests as they came to the limits, kept for a bounded time so that policies can be tried on them (docs/adr/0034). Nodes record while a
 * recording runs, and hear of it within seconds.
 */
export interface TrafficRecordings {
  /** The newest first. */
  list(scope: TenantScope): Promise<RecordingRow[]>;
  /** @throws ServiceError `precondition` while one runs */
  start(scope: TenantScope, input: z.input<typeof startRecordingInput>): Promise<RecordingRow>;
  /** Ends it before its time; what was recorded stays. @throws ServiceError `not_found`, `precondition` when it is over */
  stop(scope: TenantScope, input: z.input<typeof recordingInput>): Promise<RecordingRow>;
  /** @throws ServiceError `not_found` */
  remove(scope: TenantScope, input: z.input<typeof recordingInput>): Promise<void>;
}

/** Of one tenant; the oldest makes room. */
export const KEPT_RECORDINGS = 10;
/** After they end. */
export const KEPT_DAYS = 7;

const FACTS = { id: true, routes: true, startedAt: true, startedBy: true, endsAt: true, fullAt: true, requests: true, lost: true } as const;

async function rowsOf(tx: TenantTransaction, tenantId: string, now: number, id?: string): Promise<RecordingRow[]> {
  const where = { tenantId, ...(id !== undefined && { id }) };
  const rows = await tx.trafficRecording.findMany({ where, select: FACTS, orderBy: { id: "desc" }, take: KEPT_RECORDINGS });
  const nodes = await tx.$queryRaw<{ id: string; nodes: number }[]>`
    select recording_id as id, count(distinct node_id)::int as nodes from traffic_part where tenant_id = ${tenantId}::uuid group by 1`;
  return rows.map(({ fullAt, lost, ...row }) => ({
    ...row,
    state: fullAt !== null ? "full" : row.endsAt.getTime() > now ? "running" : "ended",
    endsAt: fullAt ?? row.endsAt,
    lost: Number(lost),
    nodes: nodes.find((each) => each.id === row.id)?.nodes ?? 0,
  }));
}

export function createTrafficRecordings({ data, clock }: Pick<ControlPlaneDeps, "data" | "clock">): TrafficRecordings {
  const entryOf = ({ slug }: TenantScope, verb: string, more: Pick<AuditEntry, "before" | "after">): AuditEntry => ({
    ...{ action: `traffic_recording.${verb}`, targetKind: "Tenant", targetName: slug, tenantSlug: slug },
    ...more,
  });

  async function one(tx: TenantTransaction, tenantId: string, id: string): Promise<RecordingRow> {
    const [row] = await rowsOf(tx, tenantId, clock.now(), id);
    if (row === undefined) throw notFound("recording");
    return row;
  }

  return {
    async list(scope) {
      requireOnTenant(scope, "tenant.read");
      return withTenant(data.app, scope.tenantId, (tx) => rowsOf(tx, scope.tenantId, clock.now()));
    },

    async start(scope, raw) {
      requireOnTenant(scope, "policy.write");
      const { minutes, routes: named } = parse(startRecordingInput, raw);
      const { tenantId, actor } = scope;
      const at = new Date(clock.now());
      const routes = [...new Set(named)].sort();
      return withTenant(data.app, tenantId, async (tx) => {
        await lockTenant(tx, tenantId);
        const known = await rowsOf(tx, tenantId, at.getTime());
        if (known.some(({ state }) => state === "running"))
          throw new ServiceError("precondition", `A recording of ${scope.slug} is running already. Stop it, or wait for its end.`);
        const tooMany = known.slice(KEPT_RECORDINGS - 1).map(({ id }) => id);
        await tx.trafficRecording.deleteMany({ where: { tenantId, id: { in: tooMany } } });
        const id = uuidv7();
        const endsAt = new Date(at.getTime() + minutes * 60_000);
        await tx.trafficRecording.createMany({ data: [{ tenantId, id, routes, startedAt: at, startedBy: actor.name, endsAt }] });
        await recordAudit(tx, actor, [entryOf(scope, "start", { after: { minutes, routes } })], at);
        return one(tx, tenantId, id);
      });
    },

    async stop(scope, raw) {
      requireOnTenant(scope, "policy.write");
      const { id } = parse(recordingInput, raw);
      const { tenantId, actor } = scope;
      const at = new Date(clock.now());
      return withTenant(data.app, tenantId, async (tx) => {
        const { count } = await tx.trafficRecording.updateMany({ where: { tenantId, id, fullAt: null, endsAt: { gt: at } }, data: { endsAt: at } });
        const row = await one(tx, tenantId, id);
        if (count === 0) throw new ServiceError("precondition", "The recording is over already: there is nothing to stop.");
        await recordAudit(tx, actor, [entryOf(scope, "stop", { after: { requests: row.requests } })], at);
        return row;
      });
    },

    async remove(scope, raw) {
      requireOnTenant(scope, "policy.write");
      const { id } = parse(recordingInput, raw);
      const { tenantId, actor } = scope;
      await withTenant(data.app, tenantId, async (tx) => {
        const { requests, startedAt } = await one(tx, tenantId, id);
        await tx.trafficRecording.deleteMany({ where: { tenantId, id } });
        const before = { requests, startedAt: startedAt.toISOString() };
        await recordAudit(tx, actor, [entryOf(scope, "remove", { before })], new Date(clock.now()));
      });
    },
  };
}
