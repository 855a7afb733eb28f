import { z } from "zod";
import { entityName, tenantSlug } from "../names.js";

/** Severity of each kind of security event: C critical, H high, M medium, L low. The table is the list of kinds. */
export const SECURITY_EVENT_SEVERITY = {
  cross_tenant_attempt: "critical",
  algorithm_attack: "high",
  dpop_replay: "high",
  revoked_credential: "high",
  spoofed_identity_header: "medium",
  tenant_conflict: "high",
  unknown_key_flood: "high",
  jwks_refresh_failed: "medium",
  stale_jwks_in_use: "high",
  idp_keys_expired: "critical",
  jwk_skipped: "medium",
  introspection_failed: "medium",
  breaker_open: "high",
  pass_through_active: "critical",
  rate_limit_exceeded: "medium",
  lockout: "medium",
  snapshot_refused: "critical",
  last_good_refused: "high",
  events_dropped: "medium",
  unapproved_publish: "critical",
  node_key_misused: "high",
  idp_unreachable: "medium",
  idp_metadata_changed: "high",
  idp_key_replaced: "high",
  idp_key_withdrawn: "medium",
  idp_weak_key: "medium",
  idp_algorithms_changed: "medium",
  idp_certificate_expiring: "medium",
  idp_new_key: "low",
} as const;
export type SecurityEventKind = keyof typeof SECURITY_EVENT_SEVERITY;
export type Severity = (typeof SECURITY_EVENT_SEVERITY)[SecurityEventKind];
export const SECURITY_EVENT_KINDS = Object.keys(SECURITY_EVENT_SEVERITY) as [SecurityEventKind, ...SecurityEventKind[]];
export const SEVERITIES = ["critical", "high", "medium", "low"] as const satisfies readonly Severity[];

const short = z.string().max(512);

/**
 * What a node reports (BEHAVIOUR §4, DESIGN §8). Never a token: claims by name, and a keyed hash.
 * `id` is made at the node, so that a batch can be sent twice and counts once.
 */
export const securityEvent = z.strictObject({
  id: z.uuid(),
  kind: z.enum(SECURITY_EVENT_KINDS),
  /** When it was found; of several, the last one. */
  at: z.iso.datetime(),
  /**
   * How many findings of one fingerprint this event tells of: nodes send the first at once and add up the rest of an interval.
   * The facts below are then those of one of them.
   */
  count: z.int().min(1).max(1_000_000_000).default(1),
  /** The tenant that was asked for. */
  tenant: tenantSlug.nullable(),
  /** The tenant that the credential belongs to, where known. */
  tokenTenant: tenantSlug.nullable(),
  identityProvider: entityName.nullable(),
  route: entityName.nullable(),
  /** The refusal's deny code, where a request was refused. */
  code: z.string().max(64).nullable(),
  requestId: z.string().max(128).nullable(),
  clientIp: z.string().max(64).nullable(),
  subject: short.nullable(),
  issuer: short.nullable(),
  method: z.string().max(20).nullable(),
  path: z.string().max(1024).nullable(),
  userAgent: short.nullable(),
  /** HMAC-SHA-256 of the token, first 16 hex digits. */
  tokenHash: z.string().max(64).nullable(),
  /** One sentence for people: what was found. */
  detail: z.string().max(1024),
});
export type SecurityEvent = z.output<typeof securityEvent>;

/** Requests decided in one minute with one result. */
export const decisionCount = z.strictObject({
  minute: z.iso.datetime(),
  tenant: tenantSlug.nullable(),
  route: entityName.nullable(),
  /** `allow` or a deny code. */
  result: z.string().max(64),
  count: z.int().min(1),
});
export type DecisionCount = z.output<typeof decisionCount>;

/** How many of a batch's decisions were taken by one revision. */
export const decidedBy = z.strictObject({
  /** Null: before the node ran any. */
  revision: z.int().min(1).nullable(),
  minute: z.iso.datetime(),
  total: z.int().min(1),
  refused: z.int().min(0),
});
export type DecidedBy = z.output<typeof decidedBy>;

/** That an API key was presented and held; nodes tell it of each key at most once a minute. */
export const apiKeyUse = z.strictObject({
  tenant: tenantSlug,
  name: entityName,
  /** The key that the present one of this name has replaced, in the time in which both work. */
  previous: z.boolean(),
  lastUsedAt: z.iso.datetime(),
});
export type ApiKeyUse = z.output<typeof apiKeyUse>;

/** Of so many revisions a batch tells the decisions apart. */
export const MAX_DECIDED = 200;

/** POST /api/node/v1/events */
export const eventsRequest = z.strictObject({
  /** Id of this batch: the counts of a batch are added once, however often it is sent. */
  batch: z.uuid(),
  events: z.array(securityEvent).max(1_000),
  counts: z.array(decisionCount).max(10_000),
  /**
   * The decisions since the last counts by the revision that took them: counts come seconds late, and what an earlier revision refused is not
   * to be held against the one that is rolled out. A control plane that does not know it is told without.
   */
  decided: z.array(decidedBy).max(MAX_DECIDED).optional(),
  /** Left out where no key was used: a control plane that does not know it need not. */
  keyUses: z.array(apiKeyUse).max(5_000).optional(),
  /** Events that the node's bounded buffer had to let go since the last batch. */
  dropped: z.int().min(0),
});
export type EventsRequest = z.output<typeof eventsRequest>;
export const eventsResponse = z.strictObject({ accepted: z.int().min(0), duplicates: z.int().min(0) });
