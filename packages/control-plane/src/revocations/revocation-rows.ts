import type { Prisma } from "@sallyport/data";
import type { RevocationReach } from "./revocation-nodes.js";

/** What is refused by the revocation itself, which has an end. */
export const STANDING_KINDS = ["token", "subject", "suspension"] as const;
/** What was taken back for good where it is kept: an API key, sessions, the keys of an identity provider, a node. */
const FINAL_KINDS = ["api_key", "session", "idp_keys", "node"] as const;
export const REVOCATION_KINDS = [...STANDING_KINDS, ...FINAL_KINDS] as const;
export type StandingKind = (typeof STANDING_KINDS)[number];
export type RevocationKind = (typeof REVOCATION_KINDS)[number];
/**
 * `in_force`: a revision carries it. `unpublished`: it goes with the tenant's first publish. `superseded`: a published revision has it
 * declared, or serves the tenant no more. `final`: of what was taken back for good; there is nothing to lift, and nothing runs out.
 */
export type RevocationState = "in_force" | "unpublished" | "expired" | "lifted" | "superseded" | "final";

/** A line of the list: what is refused, who said so and why, and where it is in effect. */
export interface RevocationRow {
  readonly id: string;
  /** Null for a node: it serves many. */
  readonly tenant: string | null;
  readonly kind: RevocationKind;
  readonly state: RevocationState;
  /** Of a token: its `jti` and whose that is, or the SHA-256 of what it signs. */
  readonly jti: string | null;
  readonly issuer: string | null;
  readonly digest: string | null;
  /** Of a revoked subject, or whose sessions ended; null where all of the tenant's did. */
  readonly subject: string | null;
  readonly issuedBefore: Date | null;
  /** Of the API key, the node, the identity provider whose keys were purged, or the one that the sessions came from. */
  readonly name: string | null;
  /** An API key's last four characters. */
  readonly hint: string | null;
  /** How many ended; null where the store did not say. */
  readonly sessions: number | null;
  /** Null for what never runs out. */
  readonly expiresAt: Date | null;
  /** Null where nobody was asked for one. */
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly createdByName: string;
  /** The first revision that carries it; null for sessions and nodes, which no revision tells of. */
  readonly revision: number | null;
  readonly endedAt: Date | null;
  /** Who lifted it. */
  readonly endedByName: string | null;
  readonly endedRevision: number | null;
  /**
   * Null for sessions, which nodes look up for each request, for nodes, which the control plane refuses itself, and for an API key or a
   * provider's keys that no node had been told of.
   */
  readonly reach: RevocationReach | null;
}

export const REVOCATION_ROW = {
  ...{ id: true, tenantSlug: true, kind: true, issuer: true, jti: true, digest: true, subject: true, issuedBefore: true, expiresAt: true },
  ...{ name: true, hint: true, sessions: true },
  ...{ reason: true, createdAt: true, createdBy: true, revision: true, endedAt: true, endedBy: true, endedRevision: true },
} as const satisfies Prisma.RevocationSelect;
export type StoredRevocation = Prisma.RevocationGetPayload<{ select: typeof REVOCATION_ROW }>;

/** What is refused by the revocation itself, and has not ended. */
export const inForce = (now: Date) =>
  ({
    kind: { in: [...STANDING_KINDS] },
    endedAt: null,
    OR: [{ expiresAt: null }, { expiresAt: { gt: now } }],
  }) satisfies Prisma.RevocationWhereInput;

export const isStanding = (kind: RevocationKind): kind is StandingKind => (STANDING_KINDS as readonly RevocationKind[]).includes(kind);

function stateOf({ kind, endedAt, endedBy, expiresAt, revision }: StoredRevocation, now: number): RevocationState {
  if (!isStanding(kind)) return "final";
  if (endedAt !== null) return endedBy === null ? "superseded" : "lifted";
  if (expiresAt !== null && expiresAt.getTime() <= now) return "expired";
  return revision === null ? "unpublished" : "in_force";
}

/** @param now ms since the epoch */
export function toRevocationRow(stored: StoredRevocation, reach: RevocationReach | null, now: number): RevocationRow {
  const { tenantSlug: tenant, createdBy: createdByName, endedBy: endedByName, ...facts } = stored;
  // An API key's hash is the nodes' to know it by; people know it by its name and last characters.
  const digest = stored.kind === "token" ? stored.digest : null;
  return { ...facts, digest, tenant, createdByName, endedByName, reach, state: stateOf(stored, now) };
}

/** What a standing one refuses, in few words: for audit rows and comments. */
export function nameOfRevocation(
  slug: string,
  { kind, jti, digest, subject }: Pick<StoredRevocation, "kind" | "jti" | "digest" | "subject">,
): string {
  if (kind === "suspension") return slug;
  return subject ?? jti ?? `sha256:${digest?.slice(0, 16)}`;
}
