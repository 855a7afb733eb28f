import type { Actor, ControlPlane as Landed } from "@sallyport/control-plane";
import type { ConfigDocument, Kind } from "@sallyport/snapshot";

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
  readonly total?: number;
}
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };
export interface FieldChange {
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
}
export interface PlannedChange {
  readonly kind: Kind;
  readonly name: string;
  readonly tenant?: string;
  readonly change: "create" | "update" | "delete" | "unchanged";
  readonly fields: readonly FieldChange[];
}
export interface RevisionRow {
  readonly number: number;
  readonly comment: string;
  readonly authorName: string;
  readonly createdAt: Date;
  readonly rootHash: string;
  readonly sectionsChanged: number;
  readonly state: "pending" | "live" | "superseded";
  readonly applied: number;
  readonly targets: number;
  readonly rolledBackFrom: number | null;
}
export type AlertStatus = "open" | "acknowledged" | "closed";
export interface AlertRow {
  readonly number: number;
  readonly kind: string;
  readonly severity: "critical" | "high" | "medium" | "low";
  readonly status: AlertStatus;
  readonly title: string;
  readonly tenant: string | null;
  readonly tokenTenant: string | null;
  readonly count: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly assigneeName: string | null;
  readonly version: number;
}
export interface AlertEvidence {
  readonly id: string;
  readonly at: Date;
  readonly node: string;
  readonly requestId: string | null;
  readonly clientIp: string | null;
  readonly subject: string | null;
  readonly issuer: string | null;
  readonly method: string | null;
  readonly path: string | null;
  readonly code: string | null;
  readonly detail: string;
}
export interface AlertDetail {
  readonly alert: AlertRow;
  readonly events: readonly AlertEvidence[];
  readonly history: readonly {
    readonly id: string;
    readonly at: Date;
    readonly actorName: string;
    readonly action: string;
    readonly note: string | null;
  }[];
}
export interface Overview {
  readonly health: { readonly ok: boolean; readonly sentence: readonly string[] };
  readonly problems: readonly {
    readonly id: string;
    readonly severity: string;
    readonly title: string;
    readonly detail: string;
    readonly since: Date | null;
    readonly fix: { readonly label: string; readonly href: string } | null;
  }[];
  readonly figures: {
    readonly requestsPerSecond: number;
    readonly refusedShare: number;
    readonly p50: number | null;
    readonly p95: number | null;
    readonly nodesServing: number;
    readonly nodesTotal: number;
  };
  readonly series: readonly { readonly at: Date; readonly allowed: number; readonly refused: number }[];
  readonly openAlerts: readonly AlertRow[];
  readonly lastChanges: readonly AuditRow[];
  readonly live: { readonly number: number; readonly applied: number; readonly targets: number; readonly state: RevisionRow["state"] } | null;
}
export interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly actorKind: Actor["kind"];
  readonly actorName: string;
  readonly ip: string | null;
  readonly requestId: string | null;
  readonly action: string;
  readonly targetKind: string;
  readonly targetName: string;
  readonly tenant: string | null;
  readonly before: Json;
  readonly after: Json;
}
type By<I, O> = (actor: Actor, input: I) => Promise<O>;
interface PageIn {
  cursor?: string;
  limit?: number;
}

interface Provisional {
  readonly config: {
    dump: By<{ tenant?: string }, ConfigDocument[]>;
    plan: By<{ documents: unknown[]; prune: boolean }, PlannedChange[]>;
    apply: By<{ documents: unknown[]; prune: boolean; dryRun: boolean }, { changes: PlannedChange[] }>;
  };
  readonly alerts: {
    list: By<
      PageIn & { status?: AlertStatus; kind?: string; tenant?: string; severity?: string; query?: string },
      Page<AlertRow> & { counts: Record<string, number> }
    >;
    get(actor: Actor, number: number): Promise<AlertDetail>;
    acknowledge: By<{ number: number; version: number; note?: string }, AlertRow>;
    close: By<{ number: number; version: number; reason: string }, AlertRow>;
    reopen: By<{ number: number; version: number }, AlertRow>;
    assign: By<{ number: number; version: number; personId: string | null }, AlertRow>;
    histogram: By<{ from: Date; to: Date; buckets: number }, unknown>;
  };
  readonly overview: { get(actor: Actor): Promise<Overview> };
}

/** The control plane as this console uses it: the real services, and those that are about to land. */
export type ControlPlane = Landed & Omit<Provisional, keyof Landed>;
