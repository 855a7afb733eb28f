import type { DataTransaction } from "@sallyport/data";
import { notFound } from "../errors.js";

/**
 * Takes the tenant's row for this transaction, so that two edits of one tenant follow each other and no reference can be
 * saved to what is removed at the same moment.
 * @throws ServiceError `not_found` when the tenant has gone in the meantime
 */
export async function lockTenant(tx: DataTransaction, tenantId: string): Promise<void> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT 1 FROM tenant WHERE id = ${tenantId}::uuid FOR NO KEY UPDATE`;
  if (rows.length === 0) throw notFound("tenant");
}

/** The same for several tenants, always in one order, so that two such calls cannot wait for each other. */
export async function lockTenants(tx: DataTransaction, slugs: readonly string[]): Promise<void> {
  await tx.$executeRaw`SELECT 1 FROM tenant WHERE slug = ANY(${[...slugs]}) ORDER BY id FOR NO KEY UPDATE`;
}

/** Key of the advisory lock that fleet-wide edits take: settings, groups, the list of tenants, apply. */
const FLEET_EDIT_LOCK = 5_277_118_301;

/** Lets fleet-wide edits follow each other; held until the transaction ends. */
export async function lockFleet(tx: DataTransaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${FLEET_EDIT_LOCK}::bigint)`;
}
