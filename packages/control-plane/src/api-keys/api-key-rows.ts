import type { DataTransaction, Prisma } from "@sallyport/data";

/** A key as people see it: facts, never the key or its hash. */
export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  /** As upstreams see it. */
  readonly subject: string;
  readonly scopes: readonly string[];
  /** The key's last four characters. */
  readonly hint: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly createdByName: string;
  /** When the present key was made: at creation, or with the last rotation. */
  readonly keyMadeAt: Date;
  /** Null: until it is revoked. */
  readonly expiresAt: Date | null;
  /** To the minute; null when no node has told of a use. */
  readonly lastUsedAt: Date | null;
  /** The key that was replaced and still works. */
  readonly previous: { readonly hint: string; readonly until: Date; readonly lastUsedAt: Date | null } | null;
  readonly revokedAt: Date | null;
  readonly revokedByName: string | null;
}

/** The columns that the app role may read. */
const FACTS = {
  ...{ id: true, name: true, subject: true, scopes: true, hint: true, version: true, createdAt: true, createdBy: true, keyMadeAt: true },
  ...{ expiresAt: true, lastUsedAt: true, previousHint: true, previousUntil: true, previousLastUsedAt: true, revokedAt: true, revokedBy: true },
} as const satisfies Prisma.ApiKeySelect;
type Facts = Prisma.ApiKeyGetPayload<{ select: typeof FACTS }>;

/** @param now ms since the epoch */
export function toApiKeyRow(facts: Facts, now: number): ApiKeyRow {
  const { createdBy, revokedBy, previousHint, previousUntil, previousLastUsedAt, ...rest } = facts;
  const overlaps = rest.revokedAt === null && previousHint !== null && previousUntil !== null && previousUntil.getTime() > now;
  const previous = overlaps ? { hint: previousHint, until: previousUntil, lastUsedAt: previousLastUsedAt } : null;
  return { ...rest, createdByName: createdBy, revokedByName: revokedBy, previous };
}

/** The tenant's key of this name that is not revoked. */
export const findLiveKey = (tx: DataTransaction, tenantId: string, name: string): Promise<Facts | null> =>
  tx.apiKey.findFirst({ where: { tenantId, name, revokedAt: null }, select: FACTS });

/** In the order of their names, those after a cursor's. */
export const listKeys = (
  tx: DataTransaction,
  tenantId: string,
  { show, after, take }: { readonly show: "live" | "revoked"; readonly after: readonly [name: string, id: string] | null; readonly take: number },
): PromiseLike<Facts[]> =>
  tx.apiKey.findMany({
    where: {
      tenantId,
      revokedAt: show === "live" ? null : { not: null },
      ...(after && { OR: [{ name: { gt: after[0] } }, { name: after[0], id: { gt: after[1] } }] }),
    },
    orderBy: [{ name: "asc" }, { id: "asc" }],
    take,
    select: FACTS,
  });
