import type { FleetTransaction } from "@sallyport/data";
import type { ApiKeyUse } from "@sallyport/snapshot/protocol";

/**
 * Keeps the latest use of each key that nodes tell of; telling it twice changes nothing. A use from before the key of this name was made is
 * that of another one, which was revoked or replaced since.
 */
export async function recordApiKeyUses(tx: FleetTransaction, uses: readonly ApiKeyUse[], now: Date): Promise<void> {
  if (uses.length === 0) return;
  const rows = uses.map(({ tenant, name, previous, lastUsedAt }) => ({ slug: tenant, name, previous, at: lastUsedAt }));
  // Rows in one order, so that two nodes that tell of the same keys cannot wait for each other.
  await tx.$executeRaw`
    with told as (
      select tenant.id as tenant_id, u.name,
        max(least(u.at, ${now})) filter (where not u.previous) as present, max(least(u.at, ${now})) filter (where u.previous) as previous
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as u (slug text, name text, previous boolean, at timestamptz)
      join tenant on tenant.slug = u.slug
      group by 1, 2
    ), locked as (
      select k.tenant_id, k.id, told.present, told.previous from api_key k
      join told on told.tenant_id = k.tenant_id and told.name = k.name
      where k.revoked_at is null
      order by k.tenant_id, k.id
      for no key update of k
    )
    update api_key k set
      last_used_at = case when locked.present >= k.key_made_at then greatest(k.last_used_at, locked.present) else k.last_used_at end,
      previous_last_used_at =
        case when k.previous_hash is not null then greatest(k.previous_last_used_at, locked.previous) else k.previous_last_used_at end
    from locked where k.tenant_id = locked.tenant_id and k.id = locked.id`;
}
