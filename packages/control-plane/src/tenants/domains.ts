import type { DataTransaction } from "@sallyport/data";
import { invalid } from "../validation.js";

/**
 * Makes the tenant's custom domains what its spec says. A host belongs to one tenant of the fleet; whose it is stays untold.
 * @throws ServiceError `invalid` on `spec.domains.N` for a host of another tenant
 */
export async function setDomains(tx: DataTransaction, tenantId: string, domains: readonly string[]): Promise<void> {
  await tx.tenantDomain.deleteMany({ where: { tenantId, host: { notIn: [...domains] } } });
  if (domains.length === 0) return;
  // ON CONFLICT DO NOTHING: a plain violation would end the transaction without saying which host it was.
  await tx.tenantDomain.createMany({ data: domains.map((host) => ({ tenantId, host })), skipDuplicates: true });
  const own = await tx.tenantDomain.findMany({ where: { tenantId, host: { in: [...domains] } }, select: { host: true } });
  const held = new Set(own.map(({ host }) => host));
  const taken = domains.flatMap((host, index) => (held.has(host) ? [] : [{ host, index }]));
  if (taken.length > 0)
    throw invalid(
      taken.map(({ host, index }) => ({
        path: `spec.domains.${index}`,
        message: `${host} belongs to another tenant; remove it here, or have it removed there first`,
      })),
    );
}
