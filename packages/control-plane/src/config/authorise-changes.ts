import type { TenantKind } from "@sallyport/snapshot";
import type { Actor } from "../access/actor.js";
import type { Permission } from "../access/permissions.js";
import { requireFleetGrant } from "../access/require.js";
import { notFound, ServiceError } from "../errors.js";
import { TENANT_KIND_PERMISSION } from "../objects/kind-permissions.js";
import type { Change } from "./plan-changes.js";

/** Permission to see a fleet-wide object, and to change it. */
const FLEET_PERMISSION = {
  Fleet: ["fleet.read", "fleet.write"],
  RateLimitPolicy: ["fleet.read", "fleet.write"],
  PolicyTest: ["fleet.read", "fleet.write"],
  NodeGroup: ["node.read", "node.write"],
} as const satisfies Record<string, readonly [Permission, Permission]>;

const holds = (actor: Actor, tenantId: string | undefined, permission: Permission): boolean =>
  actor.grants.fleet.has(permission) || (tenantId !== undefined && (actor.grants.tenants.get(tenantId)?.has(permission) ?? false));

function tenantPermission({ kind, change, given }: Change): Permission {
  // A value that is sent is a value that would be set, whether or not it is the one that stands: else a reader could try guesses.
  if (change === "unchanged" && given === null) return "tenant.read";
  if (kind === "Tenant") return change === "create" ? "tenant.create" : change === "delete" ? "tenant.delete" : "tenant.write";
  return TENANT_KIND_PERMISSION[kind as TenantKind];
}

/**
 * Each document asks for what a click would ask for. Whoever may neither read the tenant nor make one learns nothing of it.
 * @param tenantIds ids of the tenants that exist, by slug
 * @throws ServiceError `not_found`, `forbidden`
 */
export function authoriseChanges(actor: Actor, changes: readonly Change[], tenantIds: ReadonlyMap<string, string>): void {
  for (const change of changes) {
    const slug = change.kind === "Tenant" ? change.name : change.tenant;
    if (slug === undefined) {
      const [read, write] = FLEET_PERMISSION[change.kind as keyof typeof FLEET_PERMISSION];
      requireFleetGrant(actor, read);
      if (change.change !== "unchanged") requireFleetGrant(actor, write);
      continue;
    }
    const id = tenantIds.get(slug);
    if (id === undefined ? !actor.grants.fleet.has("tenant.create") : !holds(actor, id, "tenant.read")) throw notFound("tenant");
    const permission = tenantPermission(change);
    if (!holds(actor, id, permission))
      throw new ServiceError("forbidden", `Your role does not allow ${permission} on ${slug}. Ask a platform admin for it.`);
  }
}
