import type { Prisma } from "@sallyport/data";
import type { RevocationReach } from "./revocation-nodes.js";

export type RevocationKind = "token" | "subject" | "suspension";
/**
 * `in_force`: a revision carries it. `unpublished`: it goes with the tenant's first publish. `superseded`: a published revision has it
 * declared, or serves the tenant no more.
 */
export type RevocationState = "in_force" | "unpublished" | "expired" | "lifted" | "superseded";

/** A line of the list: what is refused, who said so and why, and where it is in effect. */
export interface RevocationRow {
  readonly id: string;
  readonly tenant: string;
  readonly kind: RevocationKind;
  readonly state: RevocationState;
  /** Of a token: its `jti` and whose that is, or the SHA-256 of what it signs. */
  readonly jti: string | null;
  readonly issuer: string | null;
  readonly digest: string | null;
  readonly subject: string | null;
  readonly issuedBefore: Date | null;
  /** Null for a suspension. */
  readonly expiresAt: Date | null;
  readonly reason: string;
  readonly createdAt: Date;
  readonly createdByName: string;
  /** The first revision that carries it. */
  readonly revision: number | null;
  readonly endedAt: Date | null;
  /** Who lifted it. */
  readonly endedByName: string | null;
  readonly endedRevision: number | null;
  readonly reach: RevocationReach;
}

export const REVOCATION_ROW = {
  ...{ id: true, tenantSlug: true, kind: true, issuer: true, jti: true, digest: true, subject: true, issuedBefore: true, expiresAt: true },
  ...{ reason: true, createdAt: true, createdBy: true, revision: true, endedAt: true, endedBy: true, endedRevision: true },
} as const satisfies Prisma.RevocationSelect;
export type StoredRevocation = Prisma.RevocationGetPayload<{ select: typeof REVOCATION_ROW }>;

function stateOf({ endedAt, endedBy, expiresAt, revision }: StoredRevocation, now: number): RevocationState {
  if (endedAt !== null) return endedBy === null ? "superseded" : "lifted";
  if (expiresAt !== null && expiresAt.getTime() <= now) return "expired";
  return revision === null ? "unpublished" : "in_force";
}

/** @param now ms since the epoch */
export function toRevocationRow(stored: StoredRevocation, reach: RevocationReach, now: number): RevocationRow {
  const { tenantSlug: tenant, createdBy: createdByName, endedBy: endedByName, ...facts } = stored;
  return { ...facts, tenant, createdByName, endedByName, reach, state: stateOf(stored, now) };
}

/** What it refuses, in few words: for audit rows and comments. */
export function nameOfRevocation({ kind, jti, digest, subject, tenantSlug }: Omit<StoredRevocation, "id">): string {
  if (kind === "suspension") return tenantSlug;
  return subject ?? jti ?? `sha256:${digest?.slice(0, 16)}`;
}
