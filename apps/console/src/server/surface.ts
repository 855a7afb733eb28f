import type { Actor, FleetScope, ControlPlane as Landed, Permission, Role, TenantScope } from "@sallyport/control-plane";
import type { ConfigDocument, Ed25519PublicJwk, Kind, TenantKind } from "@sallyport/snapshot";
import type { EnrolResponse, SyncResponse } from "@sallyport/snapshot/protocol";

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
  readonly total?: number;
}
export interface Client {
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string;
}
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };
export interface RoleGrant {
  readonly role: Role;
  readonly tenant: string | null;
}
export interface PersonView {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
  readonly roles: readonly RoleGrant[];
}
export interface PersonRow extends PersonView {
  readonly status: "active" | "disabled" | "invited";
  readonly createdAt: Date;
  readonly lastSignInAt: Date | null;
}
export interface SessionRow {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly current: boolean;
}
export interface ApiTokenRow {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly Permission[];
  readonly tenantSlug: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}
export interface TenantRow {
  readonly slug: string;
  readonly displayName: string;
  readonly plan: string;
  readonly status: "active" | "suspended";
  readonly issuers: readonly string[];
  readonly domains: readonly string[];
  readonly idpCount: number;
  readonly routeCount: number;
  readonly change: "none" | "added" | "changed";
  readonly version: number;
  readonly createdAt: Date;
}
export interface TenantDetail {
  readonly slug: string;
  readonly spec: { displayName: string; plan: string; status: "active" | "suspended"; domains: string[] };
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly counts: Readonly<Record<TenantKind, number>>;
}
export interface TenantStats {
  readonly requests24h: number;
  readonly refused24h: number;
  readonly spark: readonly { readonly allowed: number; readonly refused: number }[];
}
export interface ObjectRow {
  readonly name: string;
  readonly spec: Json;
  readonly version: number;
  readonly updatedAt: Date;
  readonly updatedByName: string | null;
}
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly outcome: "pass" | "fail" | "skipped";
  readonly detail: string;
  readonly fix?: string;
}
export interface FieldChange {
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
}
export interface ObjectChange {
  readonly kind: Kind;
  readonly name: string;
  readonly change: "added" | "changed" | "removed";
  readonly fields: readonly FieldChange[];
  readonly updatedByName: string | null;
  readonly updatedAt: Date | null;
}
export interface SectionChange {
  readonly name: string;
  readonly tenant: string | null;
  readonly change: "added" | "changed" | "removed";
  readonly objects: readonly ObjectChange[];
}
export interface DraftDiff {
  readonly base: number | null;
  readonly sections: readonly SectionChange[];
}
export interface Finding {
  readonly path: string;
  readonly message: string;
}
export interface DraftValidation {
  readonly ok: boolean;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly isolation: { readonly ok: boolean; readonly pairs: readonly unknown[] };
  readonly ms: number;
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
export interface RevisionDetail extends RevisionRow {
  readonly groups: readonly { readonly name: string; readonly schemaVersion: number; readonly rootHash: string }[];
  readonly nodes: readonly {
    readonly name: string;
    readonly state: "pending" | "applied" | "refused";
    readonly appliedAt: Date | null;
    readonly applyMs: number | null;
    readonly errors: readonly { readonly code: string; readonly path: string; readonly message: string }[];
  }[];
  readonly changes: readonly SectionChange[];
}
export interface JoinTokenRow {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  readonly kind: "one_off" | "reusable";
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly usedAt: Date | null;
  readonly usedByNode: string | null;
  readonly revokedAt: Date | null;
}
export interface NodeRow {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly sync: "live" | "behind" | "refused" | "unknown";
  readonly health: "serving" | "degraded" | "silent";
  readonly revision: number | null;
  readonly targetRevision: number | null;
  readonly rootHash: string | null;
  readonly lastHeartbeatAt: Date | null;
  readonly requestsPerSecond: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly lastError: string | null;
  readonly problems: readonly string[];
  readonly jwks: readonly unknown[];
  readonly clockSkewMs: number | null;
  readonly spark: readonly number[];
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
export interface NodeActor {
  readonly nodeId: string;
}
type Versioned = { readonly version: number };
type By<I, O> = (actor: Actor, input: I) => Promise<O>;
type InFleet<I, O> = (scope: FleetScope, input: I) => Promise<O>;
type InTenant<I, O> = (scope: TenantScope, input: I) => Promise<O>;
interface PageIn {
  cursor?: string;
  limit?: number;
}

interface Provisional {
  readonly access: {
    tenant(actor: Actor, slug: string, permission: Permission): Promise<TenantScope>;
    fleet(actor: Actor, permission: Permission): Promise<FleetScope> | FleetScope;
  };
  readonly people: {
    firstAdminLink(): Promise<{ token: string } | null>;
    redeemLink(
      input: { token: string; email?: string; displayName: string; password: string },
      client: Client,
    ): Promise<{ sessionToken: string; person: PersonView }>;
    list(scope: FleetScope): Promise<PersonRow[]>;
    invite: InFleet<{ email: string; displayName: string; roles: RoleGrant[] }, { token: string }>;
    setRoles: InFleet<{ personId: string; roles: RoleGrant[] }, void>;
    disable: InFleet<{ personId: string }, void>;
  };
  readonly sessions: {
    signIn(input: { email: string; password: string }, client: Client): Promise<{ sessionToken: string; person: PersonView }>;
    authenticate(token: string, client: Client): Promise<{ actor: Actor; person: PersonView; expiresAt: Date } | null>;
    signOut(token: string, client: Client): Promise<void>;
    list(actor: Actor): Promise<SessionRow[]>;
    revoke: By<{ sessionId: string }, void>;
  };
  readonly apiTokens: {
    create: By<{ name: string; scopes: Permission[]; tenantSlug?: string; expiresInDays: number }, { token: string; id: string }>;
    list(actor: Actor): Promise<ApiTokenRow[]>;
    revoke: By<{ id: string }, void>;
    authenticate(token: string, client: Client): Promise<Actor | null>;
  };
  readonly tenants: {
    list: By<PageIn & { query?: string; status?: "active" | "suspended"; sort?: string }, Page<TenantRow>>;
    get(scope: TenantScope): Promise<TenantDetail>;
    create: InFleet<{ slug: string; spec: unknown }, Versioned>;
    update: InTenant<{ spec: unknown; version: number }, Versioned>;
    suspend: InTenant<{ version: number }, Versioned>;
    resume: InTenant<{ version: number }, Versioned>;
    remove: InFleet<{ slug: string; confirm: string }, void>;
    stats: By<{ slugs: string[] }, Record<string, TenantStats>>;
    quickSearch(actor: Actor, query: string): Promise<Pick<TenantRow, "slug" | "displayName" | "status">[]>;
  };
  readonly objects: {
    list(scope: TenantScope, kind: TenantKind): Promise<ObjectRow[]>;
    get(scope: TenantScope, kind: TenantKind, name: string): Promise<ObjectRow>;
    put(scope: TenantScope, kind: TenantKind, name: string, input: { spec: unknown; version: number | null }): Promise<ObjectRow>;
    remove(scope: TenantScope, kind: TenantKind, name: string, input: { version: number }): Promise<void>;
  };
  readonly identityProviders: {
    check: InTenant<{ issuer?: string; url?: string; domain?: string; spec?: unknown }, { checks: Check[]; found: unknown }>;
  };
  readonly audit: {
    list: InFleet<PageIn & { actor?: string; action?: string; target?: string; tenant?: string; from?: Date; to?: Date }, Page<AuditRow>>;
  };
  readonly config: {
    dump: By<{ tenant?: string }, ConfigDocument[]>;
    plan: By<{ documents: unknown[]; prune: boolean }, PlannedChange[]>;
    apply: By<{ documents: unknown[]; prune: boolean; dryRun: boolean }, { changes: PlannedChange[] }>;
  };
  readonly keys: { trusted(): Promise<Ed25519PublicJwk[]> };
  readonly installation: { ensure(): Promise<unknown>; facts(): Promise<unknown> };
  readonly draft: {
    summary(actor: Actor): Promise<{ base: number | null; unpublished: number; tenants: string[] }>;
    diff: By<{ tenant?: string }, DraftDiff>;
    validate(actor: Actor): Promise<DraftValidation>;
    discard: By<{ section: string }, void>;
    publish: By<{ comment: string; base: number | null; sections?: string[]; allowEmpty?: boolean }, { revision: number }>;
  };
  readonly revisions: {
    list: By<PageIn, Page<RevisionRow>>;
    get(actor: Actor, number: number): Promise<RevisionDetail>;
    rollback: By<{ to: number; comment: string }, { revision: number }>;
    section: By<{ number: number; section: string }, unknown>;
  };
  readonly joinTokens: {
    create: By<{ group: string; label: string; kind: "one_off" | "reusable"; expiresInMinutes: number }, { token: string; id: string }>;
    list(actor: Actor): Promise<JoinTokenRow[]>;
    revoke: By<{ id: string }, void>;
  };
  readonly nodes: {
    list(actor: Actor): Promise<NodeRow[]>;
    get(actor: Actor, name: string): Promise<NodeRow>;
    revoke: By<{ name: string }, void>;
    archive: By<{ name: string }, void>;
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
  readonly fleet: {
    settings(scope: FleetScope): Promise<{ spec: Json; version: number }>;
    putSettings: InFleet<{ spec: unknown; version: number }, { spec: Json; version: number }>;
    policies: {
      list(scope: FleetScope): Promise<ObjectRow[]>;
      put(scope: FleetScope, name: string, input: { spec: unknown; version: number | null }): Promise<ObjectRow>;
      remove(scope: FleetScope, name: string, input: { version: number }): Promise<void>;
    };
  };
  readonly groups: {
    list(scope: FleetScope): Promise<ObjectRow[]>;
    get(scope: FleetScope, name: string): Promise<ObjectRow>;
    put(scope: FleetScope, name: string, input: { spec: unknown; version: number | null }): Promise<ObjectRow>;
    remove(scope: FleetScope, name: string, input: { version: number }): Promise<void>;
  };
  readonly idempotency: {
    claim(
      actor: Actor,
      input: { key: string; requestHash: string },
    ): Promise<{ state: "claimed" } | { state: "running" } | { state: "other_request" } | { state: "replay"; response: Json }>;
    complete(actor: Actor, input: { key: string; response: Json }): Promise<void>;
    release(actor: Actor, input: { key: string }): Promise<void>;
  };
  readonly nodeApi: {
    enrol(input: unknown, client: Client): Promise<EnrolResponse>;
    authenticate(jwt: string, client: Client): Promise<NodeActor>;
    sync(node: NodeActor, request: unknown, options: { signal: AbortSignal }): Promise<SyncResponse>;
    heartbeat(node: NodeActor, request: unknown): Promise<object>;
    events(node: NodeActor, request: unknown): Promise<object>;
  };
}

/** The control plane as this console uses it: the real services, and those that are about to land. */
export type ControlPlane = Landed & Omit<Provisional, keyof Landed>;
