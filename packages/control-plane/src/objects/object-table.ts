import type { DataTransaction, Prisma } from "@sallyport/data";
import type { TenantKind } from "@sallyport/snapshot";

/** A row of any of the tables, without the columns that only repeat what the spec says. */
export interface StoredObject {
  readonly name: string;
  readonly spec: Prisma.JsonValue;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly updatedBy: string | null;
}

interface Where {
  tenantId: string;
  name?: string;
  version?: number;
}
const COLUMNS = { name: true, spec: true, version: true, createdAt: true, updatedAt: true, updatedBy: true } as const;

/** What the tables have in common. */
interface ObjectTable {
  findMany(args: { where: Where; select: typeof COLUMNS; orderBy: { name: "asc" } }): PromiseLike<StoredObject[]>;
  deleteMany(args: { where: Where }): PromiseLike<{ count: number }>;
}

function tableOf(tx: DataTransaction, kind: TenantKind): ObjectTable {
  switch (kind) {
    case "Secret":
      return tx.secret;
    case "IdentityProvider":
      return tx.identityProvider;
    case "Upstream":
      return tx.upstream;
    case "Route":
      return tx.route;
    case "RateLimitPolicy":
      return tx.rateLimitPolicy;
    case "PropagationPolicy":
      return tx.propagationPolicy;
    case "DegradationPolicy":
      return tx.degradationPolicy;
    case "PolicyTest":
      return tx.policyTest;
    default:
      return kind satisfies never;
  }
}

export const listStored = (tx: DataTransaction, tenantId: string, kind: TenantKind): PromiseLike<StoredObject[]> =>
  tableOf(tx, kind).findMany({ where: { tenantId }, select: COLUMNS, orderBy: { name: "asc" } });

export async function findStored(tx: DataTransaction, tenantId: string, kind: TenantKind, name: string): Promise<StoredObject | null> {
  const rows = await tableOf(tx, kind).findMany({ where: { tenantId, name }, select: COLUMNS, orderBy: { name: "asc" } });
  return rows[0] ?? null;
}

/** @returns whether the object was there in that version */
export async function removeStored(tx: DataTransaction, tenantId: string, kind: TenantKind, name: string, version: number): Promise<boolean> {
  const { count } = await tableOf(tx, kind).deleteMany({ where: { tenantId, name, version } });
  return count === 1;
}
