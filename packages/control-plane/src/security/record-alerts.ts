import type { FleetTransaction } from "@sallyport/data";
import { SECURITY_EVENT_SEVERITY, type SecurityEvent } from "@sallyport/snapshot/protocol";
import { uuidv7 } from "uuidv7";
import { asJson } from "../objects/write-stored.js";
import { ALERT_TEXTS } from "./alert-texts.js";
import { alertEvidence, evidenceOf } from "./evidence.js";
import { fingerprintOf } from "./fingerprint.js";

/** Who reported. */
export interface Reporter {
  readonly id: string;
  readonly name: string;
}

type Group = [SecurityEvent, ...SecurityEvent[]];

/** PostgreSQL's `integer`. */
const MAX_COUNT = 2_147_483_647;

/** Name under which the control plane itself writes history. */
export const SYSTEM_NAME = "Sallyport";

/** Events by fingerprint, each group newest first, groups in the order of their fingerprints: locks are always taken in one order. */
function grouped(events: readonly SecurityEvent[], reporter: Reporter): [string, Group][] {
  const groups = new Map<string, Group>();
  for (const event of [...events].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))) {
    const fingerprint = fingerprintOf(event, reporter.id);
    const group = groups.get(fingerprint);
    if (group === undefined) groups.set(fingerprint, [event]);
    else group.push(event);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

async function openMissing(tx: FleetTransaction, groups: readonly [string, Group][]): Promise<void> {
  const fingerprints = groups.map(([fingerprint]) => fingerprint);
  const known = await tx.alert.findMany({ where: { fingerprint: { in: fingerprints } }, select: { fingerprint: true } });
  const have = new Set(known.map(({ fingerprint }) => fingerprint));
  const missing = groups.filter(([fingerprint]) => !have.has(fingerprint));
  if (missing.length === 0) return;
  await tx.alert.createMany({
    skipDuplicates: true,
    data: missing.map(([fingerprint, [newest]]) => ({
      id: uuidv7(),
      fingerprint,
      kind: newest.kind,
      severity: SECURITY_EVENT_SEVERITY[newest.kind],
      tenantSlug: newest.tenant,
      tokenTenant: newest.tokenTenant,
      title: ALERT_TEXTS[newest.kind].title(newest),
      firstSeenAt: new Date(newest.at),
      lastSeenAt: new Date(newest.at),
      evidence: {},
    })),
  });
}

/**
 * Counts events into their alerts: opens new ones, reopens those that were closed before the newest event happened.
 * @returns the alert's id for each event's id
 */
export async function recordAlerts(tx: FleetTransaction, events: readonly SecurityEvent[], reporter: Reporter): Promise<Map<string, string>> {
  const groups = grouped(events, reporter);
  await openMissing(tx, groups);
  const alertOf = new Map<string, string>();
  for (const [fingerprint, group] of groups) {
    await tx.$executeRaw`select 1 from alert where fingerprint = ${fingerprint} for update`;
    const alert = await tx.alert.findUniqueOrThrow({ where: { fingerprint } });
    const [newest] = group;
    const newestAt = new Date(newest.at);
    const oldestAt = new Date(group.at(-1)?.at ?? newest.at);
    const isNew = alert.count === 0;
    const reopens = alert.status === "closed" && (alert.closedAt === null || newestAt > alert.closedAt);
    const found = group.reduce((sum, { count }) => sum + count, 0);
    const known = alertEvidence.safeParse(alert.evidence);
    await tx.alert.update({
      where: { id: alert.id },
      data: {
        count: Math.min(alert.count + found, MAX_COUNT),
        firstSeenAt: oldestAt < alert.firstSeenAt ? oldestAt : alert.firstSeenAt,
        lastSeenAt: newestAt > alert.lastSeenAt ? newestAt : alert.lastSeenAt,
        evidence: asJson(evidenceOf(group, reporter.name, known.success ? known.data : null)),
        ...(reopens ? { status: "open", closedAt: null, closedBy: null, closeReason: null, version: alert.version + 1 } : {}),
      },
    });
    if (isNew || reopens) {
      const note = `${found} ${found === 1 ? "event" : "events"} from ${reporter.name}`;
      const action = isNew ? "opened" : "reopened";
      await tx.alertHistory.create({ data: { id: uuidv7(), alertId: alert.id, at: newestAt, actorName: SYSTEM_NAME, action, note } });
    }
    for (const event of group) alertOf.set(event.id, alert.id);
  }
  return alertOf;
}
