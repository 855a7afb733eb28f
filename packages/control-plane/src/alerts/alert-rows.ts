import type { Prisma } from "@sallyport/data";
import { SECURITY_EVENT_KINDS, type SecurityEventKind, type Severity } from "@sallyport/snapshot/protocol";
import { ALERT_TEXTS } from "../security/alert-texts.js";
import { type AlertEvidence, alertEvidence } from "../security/evidence.js";

/** A line of the alerts' page. */
export interface AlertRow {
  /** For people: A-17. */
  readonly number: number;
  readonly kind: string;
  readonly severity: Severity;
  readonly status: "open" | "acknowledged" | "closed";
  readonly title: string;
  readonly tenant: string | null;
  readonly tokenTenant: string | null;
  /** Events. */
  readonly count: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly assigneeId: string | null;
  readonly assigneeName: string | null;
  readonly version: number;
}

/** One event of an alert. */
export interface AlertEvent {
  readonly id: string;
  readonly at: Date;
  /** How many findings it tells of; the facts are those of one of them. */
  readonly count: number;
  /** The node that reported it. */
  readonly node: string;
  readonly code: string | null;
  readonly subject: string | null;
  readonly issuer: string | null;
  readonly identityProvider: string | null;
  readonly route: string | null;
  readonly clientIp: string | null;
  readonly method: string | null;
  readonly path: string | null;
  readonly requestId: string | null;
  readonly userAgent: string | null;
  /** Keyed; the token is stored nowhere. */
  readonly tokenHash: string | null;
  readonly detail: string;
}

export interface AlertHistoryEntry {
  readonly id: string;
  readonly at: Date;
  readonly actorName: string;
  readonly action: string;
  readonly note: string | null;
}

export interface AlertDetail {
  readonly alert: AlertRow & {
    readonly acknowledgedAt: Date | null;
    readonly acknowledgedBy: string | null;
    readonly closedAt: Date | null;
    readonly closedBy: string | null;
    readonly closeReason: string | null;
  };
  /** What it means, and what to do first. */
  readonly meaning: string;
  readonly advice: string;
  readonly evidence: AlertEvidence | null;
  /** The newest. */
  readonly events: readonly AlertEvent[];
  /** Newest first. */
  readonly history: readonly AlertHistoryEntry[];
}

export const ALERT_ROW = {
  id: true,
  number: true,
  kind: true,
  severity: true,
  status: true,
  title: true,
  tenantSlug: true,
  tokenTenant: true,
  count: true,
  firstSeenAt: true,
  lastSeenAt: true,
  version: true,
  assigneeId: true,
  assignee: { select: { displayName: true } },
} as const satisfies Prisma.AlertSelect;
export type StoredAlert = Prisma.AlertGetPayload<{ select: typeof ALERT_ROW }>;

export const toAlertRow = (stored: StoredAlert): AlertRow => ({
  number: stored.number,
  kind: stored.kind,
  severity: stored.severity,
  status: stored.status,
  title: stored.title,
  tenant: stored.tenantSlug,
  tokenTenant: stored.tokenTenant,
  count: stored.count,
  firstSeenAt: stored.firstSeenAt,
  lastSeenAt: stored.lastSeenAt,
  assigneeId: stored.assigneeId,
  assigneeName: stored.assignee?.displayName ?? null,
  version: stored.version,
});

const isKind = (kind: string): kind is SecurityEventKind => (SECURITY_EVENT_KINDS as readonly string[]).includes(kind);

/** Words for an alert's kind; a kind of an older build has none of its own. */
export const textsOf = (kind: string): { meaning: string; advice: string } =>
  isKind(kind) ? ALERT_TEXTS[kind] : { meaning: "Reported by a node of another version.", advice: "Read the events below." };

export const evidenceOfAlert = (value: unknown): AlertEvidence | null => alertEvidence.safeParse(value).data ?? null;
