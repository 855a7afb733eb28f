import type { FleetTransaction } from "@sallyport/data";

/** One text for each tenant that differs after every write to any of its rows. */
export interface TenantFingerprint {
  readonly slug: string;
  readonly fingerprint: string;
}

/**
 * Fingerprints hash each row's `xmin`, the transaction that made its present version: the database keeps it, so that no service can
 * forget to. This one is over everything that is declared, for the case that nothing was touched at all.
 */
export async function wholeFingerprint(tx: FleetTransaction): Promise<string> {
  const rows = await tx.$queryRaw<{ fingerprint: string }[]>`
    select sum(h)::text || ':' || sum(n)::text as fingerprint from (
      select sum(hashtextextended('t' || id::text || xmin::text, 0)) as h, count(*) as n from tenant
      union all select sum(hashtextextended('s' || id::text || xmin::text, 0)), count(*) from secret
      union all select sum(hashtextextended('i' || id::text || xmin::text, 0)), count(*) from identity_provider
      union all select sum(hashtextextended('u' || id::text || xmin::text, 0)), count(*) from upstream
      union all select sum(hashtextextended('r' || id::text || xmin::text, 0)), count(*) from route
      union all select sum(hashtextextended('l' || id::text || xmin::text, 0)), count(*) from rate_limit_policy
      union all select sum(hashtextextended('p' || id::text || xmin::text, 0)), count(*) from propagation_policy
      union all select sum(hashtextextended('d' || id::text || xmin::text, 0)), count(*) from degradation_policy
      union all select sum(hashtextextended('f' || kind || '/' || name || xmin::text, 0)), count(*) from fleet_object
    ) as kinds`;
  return rows[0]?.fingerprint ?? "";
}

export function tenantFingerprints(tx: FleetTransaction): Promise<TenantFingerprint[]> {
  return tx.$queryRaw<TenantFingerprint[]>`
    with object as (
      select tenant_id, hashtextextended('i' || id::text || xmin::text, 0) as h from identity_provider
      union all select tenant_id, hashtextextended('s' || id::text || xmin::text, 0) from secret
      union all select tenant_id, hashtextextended('u' || id::text || xmin::text, 0) from upstream
      union all select tenant_id, hashtextextended('r' || id::text || xmin::text, 0) from route
      union all select tenant_id, hashtextextended('l' || id::text || xmin::text, 0) from rate_limit_policy
      union all select tenant_id, hashtextextended('p' || id::text || xmin::text, 0) from propagation_policy
      union all select tenant_id, hashtextextended('d' || id::text || xmin::text, 0) from degradation_policy
    ), combined as (
      select tenant_id, sum(h)::text || ':' || count(*)::text as h from object group by tenant_id
    )
    select tenant.slug, tenant.id::text || ':' || tenant.xmin::text || ':' || coalesce(combined.h, '') as fingerprint
    from tenant left join combined on combined.tenant_id = tenant.id
    where tenant.deleted_at is null`;
}
