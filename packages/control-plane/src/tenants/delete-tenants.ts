import type { FleetTransaction } from "@sallyport/data";

/** Deletes tenants with all that is theirs, also what is kept by a slug alone: it would be that of another tenant that is called the same later. */
export async function deleteTenants(tx: FleetTransaction, slugs: readonly string[]): Promise<void> {
  if (slugs.length === 0) return;
  const these = { in: [...slugs] };
  await tx.tenant.deleteMany({ where: { slug: these } });
  await tx.documentSource.deleteMany({ where: { OR: [{ tenantSlug: these }, { tenantSlug: "", kind: "Tenant", name: these }] } });
  await tx.pressedKey.deleteMany({ where: { tenantSlug: these } });
}
