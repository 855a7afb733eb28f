import type { FleetTransaction } from "@sallyport/data";
import type { NodeGroupSpec } from "@sallyport/snapshot";
import { ServiceError } from "../errors.js";
import { danglingReferences, referencesOf } from "../objects/references.js";
import { invalid } from "../validation.js";

/** @throws ServiceError `invalid` on `spec.tenants.N` for a tenant that does not exist */
export async function checkGroupTenants(tx: FleetTransaction, spec: NodeGroupSpec): Promise<void> {
  const references = referencesOf({ kind: "NodeGroup", spec });
  if (references.length === 0) return;
  const found = await tx.tenant.findMany({ where: { slug: { in: references.map(({ name }) => name) } }, select: { slug: true } });
  const present = new Set(found.map(({ slug }) => slug));
  const issues = danglingReferences(references, (_kind, slug) => present.has(slug));
  if (issues.length > 0) throw invalid(issues);
}

/** The group that the installation begins with, and that join tokens offer first. */
const DEFAULT_GROUP = "default";

/** @throws ServiceError `precondition`, with what to do first */
export async function requireRemovableGroup(tx: FleetTransaction, group: { readonly id: string; readonly name: string }): Promise<void> {
  if (group.name === DEFAULT_GROUP) throw new ServiceError("precondition", "The group default cannot be deleted: new nodes join it.");
  const nodes = await tx.node.count({ where: { groupId: group.id } });
  if (nodes > 0)
    throw new ServiceError(
      "precondition",
      `${group.name} has ${nodes} ${nodes === 1 ? "node" : "nodes"}, archived ones included. Enrol them elsewhere first.`,
    );
}
