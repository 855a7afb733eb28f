import { type FleetTransaction, withFleet } from "@sallyport/data";
import { type EventsRequest, eventsRequest, type eventsResponse, SECURITY_EVENT_SEVERITY, type SecurityEvent } from "@sallyport/snapshot/protocol";
import { uuidv7 } from "uuidv7";
import type { z } from "zod";
import { recordApiKeyUses } from "../api-keys/record-api-key-uses.js";
import type { ControlPlaneDeps } from "../deps.js";
import { storable } from "../node-api/storable.js";
import { markDecidedEarlier } from "../rollouts/decisions.js";
import { parse } from "../validation.js";
import { type Reporter, recordAlerts } from "./record-alerts.js";

/** Events that are not stored yet, each once. */
async function freshEvents(tx: FleetTransaction, events: readonly SecurityEvent[]): Promise<SecurityEvent[]> {
  if (events.length === 0) return [];
  const byId = new Map(events.map((event) => [event.id.toLowerCase(), event]));
  const stored = await tx.securityEvent.findMany({ where: { id: { in: [...byId.keys()] } }, select: { id: true } });
  for (const { id } of stored) byId.delete(id);
  return [...byId.values()];
}

/** A node whose clock is ahead must not put its events before all others for ever. */
const MAX_AHEAD_MS = 60_000;

const notInTheFuture = (events: readonly SecurityEvent[], now: Date): SecurityEvent[] =>
  events.map((event) => (Date.parse(event.at) > now.getTime() + MAX_AHEAD_MS ? { ...event, at: now.toISOString() } : event));

/** One statement for the whole batch: rows travel as one JSON parameter. */
async function insertEvents(
  tx: FleetTransaction,
  events: readonly SecurityEvent[],
  alertOf: ReadonlyMap<string, string>,
  nodeId: string,
  at: Date,
): Promise<void> {
  const rows = events.map((event) => ({
    id: event.id,
    kind: event.kind,
    severity: SECURITY_EVENT_SEVERITY[event.kind],
    at: event.at,
    count: event.count,
    tenant_slug: event.tenant,
    token_tenant: event.tokenTenant,
    identity_provider: event.identityProvider,
    route: event.route,
    code: event.code,
    request_id: event.requestId,
    client_ip: event.clientIp,
    subject: event.subject,
    issuer: event.issuer,
    method: event.method,
    path: event.path,
    user_agent: event.userAgent,
    token_hash: event.tokenHash,
    detail: event.detail,
    alert_id: alertOf.get(event.id) ?? null,
  }));
  await tx.$executeRaw`
    insert into security_event (id, node_id, kind, severity, at, count, tenant_slug, token_tenant, identity_provider, route, code,
      request_id, client_ip, subject, issuer, method, path, user_agent, token_hash, detail, alert_id, received_at)
    select id, ${nodeId}::uuid, kind, severity, at, count, tenant_slug, token_tenant, identity_provider, route, code, request_id,
      client_ip, subject, issuer, method, path, user_agent, token_hash, detail, alert_id, ${at}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (id uuid, kind text, severity severity, at timestamptz, count int,
      tenant_slug text, token_tenant text, identity_provider text, route text, code text, request_id text, client_ip text, subject text, issuer text,
      method text, path text, user_agent text, token_hash text, detail text, alert_id uuid)
    on conflict (id) do nothing`;
}

/** Stores events that are not stored yet, and counts them into their alerts. */
export async function storeEvents(tx: FleetTransaction, events: readonly SecurityEvent[], reporter: Reporter, at: Date): Promise<void> {
  await insertEvents(tx, events, await recordAlerts(tx, events, reporter), reporter.id, at);
}

async function addCounts(tx: FleetTransaction, counts: EventsRequest["counts"], nodeId: string): Promise<void> {
  if (counts.length === 0) return;
  const rows = counts.map(({ minute, tenant, route, result, count }) => ({ minute, tenant: tenant ?? "", route: route ?? "", result, count }));
  await tx.$executeRaw`
    insert into decision_count (minute, node_id, tenant_slug, route, result, count)
    select date_trunc('minute', minute), ${nodeId}::uuid, tenant, route, result, sum(count)::bigint
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (minute timestamptz, tenant text, route text, result text, count bigint)
    group by 1, 2, 3, 4, 5
    on conflict (minute, tenant_slug, route, result, node_id) do update set count = decision_count.count + excluded.count`;
}

const droppedEvent = (dropped: number, at: Date): SecurityEvent => ({
  id: uuidv7(),
  kind: "events_dropped",
  at: at.toISOString(),
  count: 1,
  tenant: null,
  tokenTenant: null,
  identityProvider: null,
  route: null,
  code: null,
  requestId: null,
  clientIp: null,
  subject: null,
  issuer: null,
  method: null,
  path: null,
  userAgent: null,
  tokenHash: null,
  detail: `${dropped} security events did not fit into the node's buffer while the control plane was away`,
});

/**
 * Takes in a batch of a node: at least once on the way, exactly once here. The same event counts once in whatever batch it comes, the
 * counts of a batch once however often it is sent.
 */
export async function ingestEvents(deps: ControlPlaneDeps, reporter: Reporter, input: unknown): Promise<z.output<typeof eventsResponse>> {
  const request = storable(parse(eventsRequest, input));
  const at = new Date(deps.clock.now());
  return withFleet(deps.data.fleet, async (tx) => {
    // One batch of a node at a time: a repeated one waits for the first and then finds its rows.
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended('events/' || ${reporter.id}, 0))`;
    const { count } = await tx.eventBatch.createMany({ data: { id: request.batch, nodeId: reporter.id, receivedAt: at }, skipDuplicates: true });
    const isNewBatch = count === 1;
    const fresh = await freshEvents(tx, notInTheFuture(request.events, at));
    const extra = isNewBatch && request.dropped > 0 ? [droppedEvent(request.dropped, at)] : [];
    const events = [...fresh, ...extra];
    if (events.length > 0) await storeEvents(tx, events, reporter, at);
    if (isNewBatch) await addCounts(tx, request.counts, reporter.id);
    if (isNewBatch) await markDecidedEarlier(tx, reporter.id, request.decided ?? []);
    if (isNewBatch) await recordApiKeyUses(tx, request.keyUses ?? [], at);
    return { accepted: fresh.length, duplicates: request.events.length - fresh.length };
  });
}
