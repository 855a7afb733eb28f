import { PERMISSIONS } from "@sallyport/control-plane";
import { KIND_SPECS } from "@sallyport/snapshot";
import { z } from "zod";
import { finding, isolation } from "@/server/rest/review-views";

const when = z.date();
const json = z.unknown();

/** One page; `nextCursor` is the next one's `cursor`. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable(), total: z.number().optional() });
/** A list that is always whole. */
export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });

/** A whole number in a path or a query: digits and nothing else, no `1e9`, no blank. */
export const wholeNumber = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, "write a whole number from 1")
  .transform(Number)
  .meta({ override: { type: "integer", minimum: 1, pattern: undefined } });

/** Query members of paged lists. */
export const pageQuery = {
  cursor: z.string().max(1024).optional(),
  limit: wholeNumber.pipe(z.number().max(200, "ask for at most 200 at once")).default(50),
};

/** A spec in an answer: complete, defaults filled in. Its form is the one that requests have. */
export const specOf = (kind: keyof typeof KIND_SPECS) => z.unknown().meta({ override: { $ref: `#/components/schemas/${kind}Spec` } });

const ACTOR_KINDS = ["person", "api_token", "node", "system", "portal"] as const;

export const whoami = z
  .object({
    kind: z.enum(ACTOR_KINDS),
    name: z.string(),
    permissions: z.array(z.enum(PERMISSIONS)),
    /** Number of tenants with permissions of their own. */
    tenants: z.number(),
  })
  .meta({ id: "WhoAmI" });

export const tenantRow = z
  .object({
    slug: z.string(),
    displayName: z.string(),
    plan: z.string(),
    status: z.enum(["active", "suspended"]),
    issuers: z.array(z.string()).readonly(),
    domains: z.array(z.string()).readonly(),
    idpCount: z.number(),
    routeCount: z.number(),
    change: z.enum(["none", "added", "changed"]),
    version: z.number(),
    createdAt: when,
  })
  .meta({ id: "TenantRow" });

export const tenantView = z
  .object({ slug: z.string(), spec: specOf("Tenant"), version: z.number(), createdAt: when.optional(), updatedAt: when.optional() })
  .meta({ id: "Tenant" });

export const objectView = (kind: keyof typeof KIND_SPECS) =>
  z
    .object({ name: z.string(), spec: specOf(kind), version: z.number(), updatedAt: when, updatedByName: z.string().nullable() })
    .meta({ id: `${kind}Object` });

const fieldChange = z.object({
  path: z.string(),
  before: json.optional(),
  after: json.optional(),
  added: z.array(z.string()).readonly().optional(),
  removed: z.array(z.string()).readonly().optional(),
});
const kind = z.enum(Object.keys(KIND_SPECS) as [keyof typeof KIND_SPECS]);
const change = z.enum(["added", "changed", "removed"]);

export const sectionChange = z
  .object({
    name: z.string(),
    tenant: z.string().nullable(),
    change,
    objects: z
      .array(
        z.object({
          kind,
          name: z.string(),
          change,
          fields: z.array(fieldChange).readonly(),
          updatedByName: z.string().nullable(),
          updatedAt: when.nullable(),
        }),
      )
      .readonly(),
  })
  .meta({ id: "SectionChange" });

export const plannedChange = z
  .object({
    kind,
    name: z.string(),
    tenant: z.string().optional(),
    change: z.enum(["create", "update", "delete", "unchanged"]),
    fields: z.array(fieldChange).readonly(),
  })
  .meta({ id: "PlannedChange" });

export const draftValidation = z
  .object({
    ok: z.boolean(),
    errors: z.array(finding).readonly(),
    warnings: z.array(finding).readonly(),
    isolation,
    ms: z.number(),
  })
  .meta({ id: "DraftValidation" });

const revisionState = z.enum(["pending", "live", "superseded"]);
export const revisionRow = z
  .object({
    number: z.number(),
    comment: z.string(),
    authorName: z.string(),
    approvedBy: z.string().nullable(),
    createdAt: when,
    rootHash: z.string(),
    sectionsChanged: z.number(),
    state: revisionState,
    applied: z.number(),
    targets: z.number(),
    rolledBackFrom: z.number().nullable(),
    reissueOf: z.number().nullable(),
  })
  .meta({ id: "RevisionRow" });

export const revisionView = revisionRow
  .extend({
    groups: z.array(z.object({ name: z.string(), schemaVersion: z.number(), rootHash: z.string() })).readonly(),
    nodes: z
      .array(
        z.object({
          name: z.string(),
          state: z.enum(["pending", "applied", "refused"]),
          appliedAt: when.nullable(),
          applyMs: z.number().nullable(),
          errors: z.array(z.object({ code: z.string(), path: z.string(), message: z.string() })).readonly(),
        }),
      )
      .readonly(),
    changes: z.array(sectionChange).readonly(),
  })
  .meta({ id: "Revision" });

export const nodeView = z
  .object({
    id: z.string(),
    name: z.string(),
    group: z.string(),
    version: z.string(),
    sync: z.enum(["live", "behind", "refused", "unknown"]),
    health: z.enum(["serving", "degraded", "silent"]),
    revision: z.number().nullable(),
    targetRevision: z.number().nullable(),
    rootHash: z.string().nullable(),
    lastHeartbeatAt: when.nullable(),
    requestsPerSecond: z.number().nullable(),
    p50: z.number().nullable(),
    p95: z.number().nullable(),
    lastError: z.string().nullable(),
    problems: z.array(z.string()).readonly(),
    clockSkewMs: z.number().nullable(),
  })
  .meta({ id: "Node" });

export const nodeDetail = nodeView
  .extend({
    kid: z.string(),
    key: z.object({
      since: when,
      renews: z.boolean(),
      askedAt: when.nullable(),
      previous: z.object({ kid: z.string(), renewedAt: when, acceptedUntil: when }).nullable(),
    }),
    /** What was delivered to it last, newest first. */
    deliveries: z
      .array(
        z.object({
          revision: z.number(),
          state: z.enum(["applied", "refused"]),
          at: when,
          applyMs: z.number().nullable(),
          errors: z.array(z.object({ code: z.string(), path: z.string(), message: z.string() })).readonly(),
        }),
      )
      .readonly(),
  })
  .meta({ id: "NodeDetail" });

export const joinTokenRow = z
  .object({
    id: z.string(),
    group: z.string(),
    label: z.string(),
    kind: z.enum(["one_off", "reusable"]),
    expiresAt: when,
    createdAt: when,
    state: z.enum(["active", "used", "expired", "revoked"]),
    usedAt: when.nullable(),
    usedByNode: z.string().nullable(),
    createdByName: z.string().nullable(),
  })
  .meta({ id: "JoinToken" });
export const shownOnce = z.object({ token: z.string(), id: z.string() }).meta({ id: "ShownOnce" });

export const alertRow = z
  .object({
    number: z.number(),
    kind: z.string(),
    severity: z.enum(["critical", "high", "medium", "low"]),
    status: z.enum(["open", "acknowledged", "closed"]),
    title: z.string(),
    tenant: z.string().nullable(),
    tokenTenant: z.string().nullable(),
    count: z.number(),
    firstSeenAt: when,
    lastSeenAt: when,
    version: z.number(),
  })
  .meta({ id: "Alert" });

export const auditRow = z
  .object({
    id: z.string(),
    at: when,
    actorKind: z.enum(ACTOR_KINDS),
    actorName: z.string(),
    ip: z.string().nullable(),
    requestId: z.string().nullable(),
    action: z.string(),
    targetKind: z.string(),
    targetName: z.string(),
    tenant: z.string().nullable(),
    before: json,
    after: json,
  })
  .meta({ id: "AuditRecord" });

export const apiTokenRow = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string(),
    scopes: z.array(z.enum(PERMISSIONS)).readonly(),
    tenantSlug: z.string().nullable(),
    createdAt: when,
    expiresAt: when,
    lastUsedAt: when.nullable(),
    revokedAt: when.nullable(),
  })
  .meta({ id: "ApiToken" });
