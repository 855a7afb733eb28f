import type { FleetTransaction } from "@sallyport/data";
import { type KeyPurgesSection, type Manifest, tenantSectionName } from "@sallyport/snapshot";

/** The purges that nodes with these declared sections must know of; null where there was none. */
export async function keyPurgesOf(tx: FleetTransaction, declared: Manifest): Promise<KeyPurgesSection | null> {
  const rows = await tx.identityProvider.findMany({
    where: { keysPurgedAt: { not: null }, tenant: { deletedAt: null } },
    select: { name: true, keysPurgedAt: true, tenant: { select: { slug: true } } },
  });
  const purgedAt: Record<string, Record<string, string>> = {};
  for (const { name, keysPurgedAt, tenant } of rows) {
    if (keysPurgedAt === null || declared[tenantSectionName(tenant.slug)] === undefined) continue;
    purgedAt[tenant.slug] = { ...purgedAt[tenant.slug], [name]: keysPurgedAt.toISOString() };
  }
  return Object.keys(purgedAt).length === 0 ? null : { kind: "key-purges", purgedAt };
}
