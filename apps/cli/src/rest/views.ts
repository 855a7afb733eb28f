import { z } from "zod";

/**
 * The answers of the REST API, as far as this program reads them. What a later release adds passes through to `--json`,
 * hence the loose objects.
 */
const moment = z.iso.datetime();

const fieldChange = z.looseObject({
  path: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  added: z.array(z.string()).optional(),
  removed: z.array(z.string()).optional(),
});
export type FieldChange = z.output<typeof fieldChange>;

const plannedChange = z.looseObject({
  kind: z.string(),
  name: z.string(),
  tenant: z.string().optional(),
  change: z.enum(["create", "update", "delete", "unchanged"]),
  fields: z.array(fieldChange),
});
export type PlannedChange = z.output<typeof plannedChange>;
export const changesAnswer = z.looseObject({ changes: z.array(plannedChange) });

export const documentsAnswer = z.looseObject({
  documents: z.array(z.record(z.string(), z.unknown())),
  sources: z.array(z.string().nullable()).optional(),
});

export const draftAnswer = z.looseObject({
  base: z.number().nullable(),
  unpublished: z.number(),
  sections: z.array(z.looseObject({ name: z.string() })),
});

const counterSide = z.looseObject({ path: z.string(), rules: z.array(z.string()) });
const counterExample = z.looseObject({ presents: z.string(), example: z.record(z.string(), z.unknown()), sides: z.array(counterSide) });
export type CounterExample = z.output<typeof counterExample>;

const warning = z.looseObject({
  id: z.string(),
  severity: z.enum(["notice", "warning", "opening"]),
  path: z.string(),
  message: z.string(),
  remedy: z.string(),
});
export type Warning = z.output<typeof warning>;

const reachedGroup = z.looseObject({
  name: z.string(),
  sections: z.number(),
  nodeCount: z.number(),
  connectedCount: z.number(),
  nodes: z.array(z.looseObject({ name: z.string(), connected: z.boolean() })),
});
export const servingAnswer = z.looseObject({
  groups: z.array(reachedGroup),
  nodeCount: z.number(),
  connectedCount: z.number(),
  unserved: z.array(z.string()),
});
export type Serving = z.output<typeof servingAnswer>;

const testOutcome = z.looseObject({
  path: z.string(),
  description: z.string().nullable(),
  at: z.string().nullable(),
  passed: z.boolean(),
  expected: z.string(),
  got: z.string(),
  differences: z.array(z.string()),
  decidedAt: z.string().nullable(),
  steps: z.array(z.looseObject({ step: z.string(), result: z.string(), detail: z.string() })),
  nearMisses: z.array(z.looseObject({ sentence: z.string() })),
});
export type TestOutcome = z.output<typeof testOutcome>;
export const testsAnswer = z.looseObject({
  revision: z.number().nullable(),
  passed: z.number(),
  failed: z.number(),
  outcomes: z.array(testOutcome),
});

export const reviewAnswer = z.looseObject({
  base: z.number().nullable(),
  sections: z.array(z.string()),
  ok: z.boolean(),
  errors: z.array(z.looseObject({ path: z.string(), message: z.string() })),
  isolation: z.looseObject({ ok: z.boolean(), violations: z.array(counterExample) }),
  warnings: z.array(warning),
  word: z.string().nullable(),
  tests: z
    .looseObject({ total: z.number(), passed: z.number(), failed: z.array(testOutcome) })
    .nullable()
    .default(null),
  testWord: z.string().nullable().default(null),
  reach: servingAnswer.extend({
    sections: z.array(z.looseObject({ name: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
    metadataOnly: z.array(z.string()),
  }),
});
export type ReviewAnswer = z.output<typeof reviewAnswer>;
export const probeAnswer = z.looseObject({ warnings: z.array(warning), asked: z.number(), skipped: z.number() });

export const publishedAnswer = z.looseObject({ revision: z.number() });
/** `waiting`: the request that a second person approves. */
export const submittedAnswer = z.looseObject({ revision: z.number().optional(), waiting: z.number().optional() });

const publishRequest = z.looseObject({
  id: z.number(),
  state: z.string(),
  isVoid: z.boolean(),
  comment: z.string(),
  sections: z.array(z.string()),
  requestedAt: moment,
  requestedByName: z.string(),
  decidedByName: z.string().nullable(),
  reason: z.string().nullable(),
  revision: z.number().nullable(),
});
export const publishRequests = z.looseObject({ items: z.array(publishRequest) });

export const revisionRow = z.looseObject({
  number: z.number(),
  comment: z.string(),
  authorName: z.string(),
  createdAt: moment,
  rootHash: z.string(),
  sectionsChanged: z.number(),
  state: z.enum(["pending", "live", "superseded"]),
  applied: z.number(),
  targets: z.number(),
  rolledBackFrom: z.number().nullable(),
});

const revisionNode = z.looseObject({
  name: z.string(),
  state: z.enum(["pending", "applied", "refused"]),
  appliedAt: moment.nullable(),
  applyMs: z.number().nullable(),
  errors: z.array(z.looseObject({ code: z.string(), path: z.string(), message: z.string() })),
});
export type RevisionNode = z.output<typeof revisionNode>;

export const revisionView = revisionRow.extend({
  nodes: z.array(revisionNode),
  changes: z.array(
    z.looseObject({
      name: z.string(),
      change: z.enum(["added", "changed", "removed"]),
      tenant: z.string().nullable(),
      objects: z.array(
        z.looseObject({ kind: z.string(), name: z.string(), change: z.enum(["added", "changed", "removed"]), fields: z.array(fieldChange) }),
      ),
    }),
  ),
});
export type RevisionView = z.output<typeof revisionView>;

const decisions = z.looseObject({ total: z.number(), refused: z.number() });
export const rolloutRow = z.looseObject({
  revision: z.number(),
  base: z.number(),
  comment: z.string(),
  authorName: z.string(),
  state: z.enum(["running", "paused", "halted", "aborted", "completed", "rolled_back", "superseded"]),
  stage: z.number(),
  stages: z.number(),
  createdAt: moment,
  endedBy: z.number().nullable(),
  halted: z.string().nullable(),
});
export const rolloutView = rolloutRow.extend({
  plan: z.looseObject({
    stages: z.array(
      z.looseObject({
        percent: z.number().optional(),
        groups: z.array(z.string()).optional(),
        nodes: z.array(z.string()).optional(),
        soakSeconds: z.number(),
        promote: z.enum(["automatic", "manual"]),
      }),
    ),
  }),
  soakUntil: moment.nullable(),
  waitsFor: z.enum(["nodes", "soak", "promotion", "resume", "judgement"]).nullable(),
  measured: z.looseObject({ after: decisions, before: decisions, others: decisions, rise: z.number().nullable() }).nullable(),
  nodes: z.array(
    z.looseObject({
      name: z.string(),
      group: z.string(),
      stage: z.number().nullable(),
      state: z.enum(["held", "pending", "applied", "refused", "returned", "silent"]),
      revision: z.number().nullable(),
      tookMs: z.number().nullable(),
      applyMs: z.number().nullable(),
      errors: z.array(z.looseObject({ code: z.string(), path: z.string(), message: z.string() })),
    }),
  ),
});
export type RolloutView = z.output<typeof rolloutView>;

export const nodeView = z.looseObject({
  name: z.string(),
  group: z.string(),
  version: z.string(),
  sync: z.enum(["live", "behind", "refused", "unknown"]),
  health: z.enum(["serving", "degraded", "silent"]),
  revision: z.number().nullable(),
  targetRevision: z.number().nullable(),
  rootHash: z.string().nullable(),
  lastHeartbeatAt: moment.nullable(),
  requestsPerSecond: z.number().nullable(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  lastError: z.string().nullable(),
  problems: z.array(z.string()),
});

export const nodeDetail = nodeView.extend({
  kid: z.string(),
  /** Absent from an older control plane. */
  key: z
    .looseObject({
      since: moment,
      renews: z.boolean(),
      askedAt: moment.nullable(),
      previous: z.looseObject({ kid: z.string(), renewedAt: moment, acceptedUntil: moment }).nullable(),
    })
    .optional(),
});

export const healthCheck = z.looseObject({
  id: z.string(),
  title: z.string(),
  severity: z.string(),
  state: z.enum(["ok", "warn", "fail", "unknown"]),
  since: moment,
  looksAt: z.string(),
  cause: z.string(),
  remedy: z.string(),
  docs: z.string(),
  unknown: z.string().nullable(),
  problems: z.array(z.looseObject({ severity: z.string(), title: z.string(), detail: z.string(), since: moment })),
});

export const tenantRow = z.looseObject({
  slug: z.string(),
  displayName: z.string(),
  plan: z.string(),
  status: z.enum(["active", "suspended"]),
  idpCount: z.number(),
  routeCount: z.number(),
  change: z.enum(["none", "added", "changed"]),
});

export const secretFacts = z.looseObject({ name: z.string(), hasValue: z.boolean(), valueVersion: z.number().nullable() });

export const apiKeyRow = z.looseObject({
  name: z.string(),
  subject: z.string(),
  scopes: z.array(z.string()),
  hint: z.string(),
  expiresAt: moment.nullable(),
  lastUsedAt: moment.nullable(),
  previous: z.looseObject({ hint: z.string(), until: moment }).nullable(),
  revokedAt: moment.nullable(),
});
export const newApiKey = apiKeyRow.extend({ key: z.string() });

export const tenantSessionRow = z.looseObject({
  id: z.string(),
  identityProvider: z.string(),
  subject: z.string(),
  createdAt: moment,
  lastUsedAt: moment,
  expiresAt: moment,
});
export const endedSessions = z.looseObject({ ended: z.number() });

const radarFinding = z.looseObject({ code: z.string(), kid: z.string().nullable(), severity: z.string(), since: moment, detail: z.string() });
export const radarRow = z.looseObject({
  tenant: z.string().nullable(),
  identityProvider: z.string(),
  issuer: z.string(),
  state: z.enum(["failing", "attention", "waiting", "well"]),
  detail: z.string().nullable(),
  probedAt: moment.nullable(),
  keys: z.number(),
  findings: z.array(radarFinding),
});
export type RadarRow = z.output<typeof radarRow>;
export const radarList = z.looseObject({ items: z.array(radarRow) });
export const radarDetail = radarRow.extend({
  keyRows: z.array(
    z.looseObject({
      kid: z.string().nullable(),
      kty: z.string(),
      alg: z.string().nullable(),
      problem: z.string().nullable(),
      firstSeenAt: moment,
      vanishedAt: moment.nullable(),
      heldBy: z.number(),
      nodes: z.array(z.string()).nullable(),
    }),
  ),
});
export type RadarDetail = z.output<typeof radarDetail>;

const lockoutRow = z.looseObject({
  /** In a list of all tenants. */
  tenant: z.string().optional(),
  id: z.string(),
  address: z.string(),
  username: z.string().nullable(),
  failures: z.number(),
  reason: z.string(),
  since: moment,
  until: moment,
});
const refusals = { last15Minutes: z.number(), last24Hours: z.number() };
const usedShare = z.looseObject({ share: z.number(), route: z.string().nullable() });
const limitUse = z.looseObject({
  policy: z.string(),
  ofFleet: z.boolean(),
  spec: z.looseObject({ key: z.array(z.string()), limit: z.number(), windowSeconds: z.number() }),
  unknown: z.enum(["by_caller", "across_tenants", "by_node"]).nullable(),
  now: usedShare.nullable(),
  busiest: usedShare.nullable(),
});
export const tenantLimitUse = z.looseObject({ revision: z.number().nullable(), limits: z.array(limitUse), refused: z.looseObject(refusals) });
export const limitedTenants = z.looseObject({ items: z.array(z.looseObject({ tenant: z.string(), ...refusals })) });

const limitKey = z.record(z.string(), z.string());
export const topKeys = z.looseObject({
  since: moment,
  keys: z.array(z.looseObject({ key: limitKey, over: z.number(), near: z.number(), unseen: z.number() })),
});
export const recordingRow = z.looseObject({
  id: z.string(),
  state: z.enum(["running", "ended", "full"]),
  startedAt: moment,
  endsAt: moment,
  requests: z.number(),
  lost: z.number(),
  nodes: z.number(),
});
export const recordingList = z.looseObject({ items: z.array(recordingRow) });
export const limitSimulation = z.looseObject({
  record: z.looseObject({ from: moment, to: moment, requests: z.number(), lost: z.number(), nodes: z.number(), full: z.boolean() }),
  counted: z.number(),
  over: z.number(),
  unseen: z.number(),
  withoutUsername: z.number(),
  first: z.looseObject({ atMs: z.number(), key: limitKey }).nullable(),
  keys: z.array(z.looseObject({ key: limitKey, requests: z.number(), over: z.number() })),
  keysTotal: z.number(),
  keysOver: z.number(),
});

export const lockoutList = z.looseObject({ items: z.array(lockoutRow), total: z.number() });
export const endedLockouts = z.looseObject({ ended: z.number() });

const invitationRow = z.looseObject({
  id: z.string(),
  recipient: z.string(),
  intents: z.array(z.string()),
  state: z.enum(["open", "in_use", "ended", "expired", "revoked"]),
  expiresAt: moment,
  lastSeenAt: moment.nullable(),
});
export const invitationList = z.looseObject({ items: z.array(invitationRow) });
export const newInvitation = invitationRow.extend({ link: z.string() });

export const revocationRow = z.looseObject({
  id: z.string(),
  tenant: z.string().nullable(),
  kind: z.enum(["token", "subject", "suspension", "api_key", "session", "idp_keys", "node"]),
  state: z.enum(["in_force", "unpublished", "expired", "lifted", "superseded", "final"]),
  jti: z.string().nullable(),
  digest: z.string().nullable(),
  subject: z.string().nullable(),
  name: z.string().nullable(),
  hint: z.string().nullable(),
  sessions: z.number().nullable(),
  expiresAt: moment.nullable(),
  reason: z.string().nullable(),
  createdAt: moment,
  createdByName: z.string(),
  reach: z
    .looseObject({ inEffect: z.number(), nodes: z.number(), unreachable: z.number(), firstMs: z.number().nullable(), lastMs: z.number().nullable() })
    .nullable(),
});
export const revocationView = revocationRow.extend({
  nodes: z.array(
    z.looseObject({
      name: z.string(),
      state: z.enum(["in_effect", "waiting", "refused", "unreachable"]),
      tookMs: z.number().nullable(),
      lastSeenAt: moment.nullable(),
      error: z.string().nullable(),
    }),
  ),
});
export type RevocationView = z.output<typeof revocationView>;

/** 204. */
export const noContent = z.undefined();

export const alertRow = z.looseObject({
  number: z.number(),
  severity: z.enum(["critical", "high", "medium", "low"]),
  status: z.enum(["open", "acknowledged", "closed"]),
  title: z.string(),
  tenant: z.string().nullable(),
  count: z.number(),
  lastSeenAt: moment,
});

export const whoamiAnswer = z.looseObject({ kind: z.string(), name: z.string(), permissions: z.array(z.string()), tenants: z.number() });

export const shownOnce = z.looseObject({ token: z.string(), id: z.string() });

/** A bundle, and what it is. */
export const bundleAnswer = z.looseObject({
  group: z.string(),
  revision: z.number(),
  current: z.number(),
  node: z.string().nullable(),
  isSealed: z.boolean(),
  signedBy: z.string(),
  bundle: z.string(),
});
export type BundleAnswer = z.output<typeof bundleAnswer>;

export const listOf = <T extends z.ZodType>(item: T) => z.looseObject({ items: z.array(item) });
export const pageOf = <T extends z.ZodType>(item: T) => z.looseObject({ items: z.array(item), nextCursor: z.string().nullable() });
