import type { FleetTransaction } from "@sallyport/data";
import { ServiceError } from "../errors.js";
import { invalid } from "../validation.js";
import type { LinkRole } from "./one-time-links.js";
import type { RoleGrant } from "./people.schemas.js";

/** @throws ServiceError `invalid` on `roles.N.tenant` for a tenant that does not exist */
export async function resolveRoles(tx: FleetTransaction, roles: readonly RoleGrant[]): Promise<LinkRole[]> {
  const slugs = [...new Set(roles.flatMap(({ tenant }) => tenant ?? []))];
  const tenants = await tx.tenant.findMany({ where: { slug: { in: slugs } }, select: { id: true, slug: true } });
  const ids = new Map(tenants.map(({ id, slug }) => [slug, id]));
  const issues = roles.flatMap(({ tenant }, index) =>
    tenant === null || ids.has(tenant)
      ? []
      : [{ path: `roles.${index}.tenant`, message: `names ${tenant}, which does not exist; choose a tenant from the list` }],
  );
  if (issues.length > 0) throw invalid(issues);
  const unique = new Map(
    roles.map(({ role, tenant }) => [`${role}@${tenant ?? ""}`, { role, tenantId: tenant === null ? null : (ids.get(tenant) ?? null) }]),
  );
  return [...unique.values()];
}

/** Makes these the person's roles, all others gone. Bindings to tenants that were deleted meanwhile are left out. */
export async function replaceRoles(
  tx: FleetTransaction,
  personId: string,
  roles: readonly LinkRole[],
  stamp: { at: Date; by: string },
): Promise<void> {
  const wanted = roles.flatMap(({ tenantId }) => tenantId ?? []);
  const tenants = await tx.tenant.findMany({ where: { id: { in: wanted } }, select: { id: true } });
  const present = new Set(tenants.map(({ id }) => id));
  await tx.roleBinding.deleteMany({ where: { personId } });
  await tx.roleBinding.createMany({
    data: roles
      .filter(({ tenantId }) => tenantId === null || present.has(tenantId))
      .map(({ role, tenantId }) => ({ personId, role, tenantId, createdAt: stamp.at, createdBy: stamp.by })),
  });
}

const activeAdmins = { status: "active", roles: { some: { role: "platform_admin", tenantId: null } } } as const;

/** Whether anybody can administer this installation. Call it under `lockFleet`. */
export const countAdmins = (tx: FleetTransaction): PromiseLike<number> => tx.person.count({ where: activeAdmins });

/** @throws ServiceError `precondition` when nobody would be left who can let others in */
export async function requireAnAdmin(tx: FleetTransaction): Promise<void> {
  if ((await countAdmins(tx)) === 0)
    throw new ServiceError("precondition", "This would leave no active platform admin. Make somebody else one first.");
}
