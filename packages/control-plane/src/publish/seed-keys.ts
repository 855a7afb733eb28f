import type { FleetTransaction } from "@sallyport/data";
import { type SeedKeysSection, seedKeysSection } from "@sallyport/snapshot";

/** Past this the keys that were fetched last stay out: a seed is a help in an outage, never a burden on every publish. */
const MAX_BYTES = 4 * 1024 * 1024;

type SeedEntry = SeedKeysSection["keys"][string][string];
const entrySchema = seedKeysSection.shape.keys.valueType.valueType;

/** The public keys last known of each enabled identity provider of these tenants, newest fetch first up to a bound. */
export async function seedKeysOf(tx: FleetTransaction, tenants: ReadonlySet<string>): Promise<SeedKeysSection> {
  const rows = await tx.$queryRaw<{ slug: string; name: string; keys: unknown }[]>`
    select tenant.slug, p.name, p.last_keys as keys
    from identity_provider p join tenant on tenant.id = p.tenant_id
    where p.last_keys is not null and p.status = 'enabled' and tenant.deleted_at is null
    order by p.last_keys->>'fetchedAt' desc, tenant.slug, p.name`;
  const keys: Record<string, Record<string, SeedEntry>> = {};
  let bytes = 0;
  for (const row of rows) {
    if (!tenants.has(row.slug)) continue;
    const entry = entrySchema.safeParse(row.keys);
    if (!entry.success) continue;
    bytes += JSON.stringify(entry.data).length;
    if (bytes > MAX_BYTES) break;
    const ofTenant = keys[row.slug] ?? {};
    ofTenant[row.name] = entry.data;
    keys[row.slug] = ofTenant;
  }
  return { kind: "seed-keys", keys };
}
