import type { DataTransaction } from "@sallyport/data";
import { invalid } from "../validation.js";

/** A host that a tenant wants for itself. */
export interface DomainClaim {
  readonly tenantId: string;
  readonly host: string;
}

const CLAIMS_PER_STATEMENT = 1_000;

/** Gives free hosts to those who claim them. @returns the claims of hosts that somebody else has */
export async function claimDomains(tx: DataTransaction, claims: readonly DomainClaim[]): Promise<DomainClaim[]> {
  const lost: DomainClaim[] = [];
  for (let start = 0; start < claims.length; start += CLAIMS_PER_STATEMENT) {
    const batch = claims.slice(start, start + CLAIMS_PER_STATEMENT);
    // ON CONFLICT DO NOTHING: a plain violation would end the transaction without saying which host it was.
    await tx.tenantDomain.createMany({ data: batch.map(({ tenantId, host }) => ({ tenantId, host })), skipDuplicates: true });
    const stored = await tx.tenantDomain.findMany({ where: { host: { in: batch.map(({ host }) => host) } }, select: { host: true, tenantId: true } });
    const holder = new Map(stored.map(({ host, tenantId }) => [host, tenantId]));
    lost.push(...batch.filter(({ host, tenantId }) => holder.get(host) !== tenantId));
  }
  return lost;
}

/**
 * Makes the tenant's custom domains what its spec says. A host belongs to one tenant of the fleet; whose it is stays untold.
 * @throws ServiceError `invalid` on `spec.domains.N` for a host of another tenant
 */
export async function setDomains(tx: DataTransaction, tenantId: string, domains: readonly string[]): Promise<void> {
  await tx.tenantDomain.deleteMany({ where: { tenantId, host: { notIn: [...domains] } } });
  const lost = await claimDomains(
    tx,
    domains.map((host) => ({ tenantId, host })),
  );
  if (lost.length > 0)
    throw invalid(
      lost.map(({ host }) => ({
        path: `spec.domains.${domains.indexOf(host)}`,
        message: `${host} belongs to another tenant; remove it here, or have it removed there first`,
      })),
    );
}
