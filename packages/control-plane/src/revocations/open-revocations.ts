import type { FleetTransaction } from "@sallyport/data";
import { inForce } from "./revocation-rows.js";

/** What is refused by a revocation at this moment, oldest first, with the tenant that it is of. */
export async function openRevocations(tx: FleetTransaction, at: Date) {
  const rows = await tx.revocation.findMany({ where: inForce(at), orderBy: { id: "asc" } });
  // The database sees to it that these kinds have a tenant; the type does not know.
  return rows.flatMap(({ tenantId, tenantSlug, ...row }) => (tenantId === null || tenantSlug === null ? [] : [{ ...row, tenantId, tenantSlug }]));
}
