import type { FleetTransaction } from "@sallyport/data";

/** Names of the node groups that list the tenant by its slug. */
export async function groupsNaming(tx: FleetTransaction, slug: string): Promise<string[]> {
  const groups = await tx.nodeGroup.findMany({
    where: { spec: { path: ["tenants"], array_contains: [slug] } },
    select: { name: true },
    orderBy: { name: "asc" },
  });
  return groups.map(({ name }) => name);
}
