import type { FleetTransaction } from "@sallyport/data";

/**
 * Which of these stored tenants' sections say that their tenant is not active. The database looks: a process that has just started would
 * have to parse every tenant.
 */
export async function suspendedSections(tx: FleetTransaction, hashes: readonly string[]): Promise<ReadonlySet<string>> {
  if (hashes.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ hash: string }[]>`
    select hash from section where hash = any(${[...hashes]}::bpchar[]) and body->>'status' <> 'active'`;
  return new Set(rows.map(({ hash }) => hash));
}
