import { notFound, ServiceError } from "../errors.js";
import type { Actor } from "./actor.js";
import type { Permission } from "./permissions.js";

const made: unique symbol = Symbol("scope");

/** Proof that the actor may touch this tenant's rows. Only `openTenantScope` makes one (STYLE §2.8). */
export interface TenantScope {
  readonly [made]: "tenant";
  readonly actor: Actor;
  readonly tenantId: string;
  readonly slug: string;
  readonly may: (permission: Permission) => boolean;
}

/** Proof that the actor may act fleet-wide with the permission that was asked for. */
export interface FleetScope {
  readonly [made]: "fleet";
  readonly actor: Actor;
  readonly permission: Permission;
}

/** Finds a tenant's id by its slug; null when there is none. */
export type TenantLookup = (slug: string) => Promise<{ id: string; slug: string } | null>;

const holds = (actor: Actor, tenantId: string, permission: Permission): boolean =>
  actor.grants.fleet.has(permission) || (actor.grants.tenants.get(tenantId)?.has(permission) ?? false);

/**
 * @throws ServiceError `not_found` both when the tenant is not there and when the actor may not even read it,
 * `forbidden` when it may be read but the permission is missing.
 */
export async function openTenantScope(actor: Actor, slug: string, permission: Permission, lookup: TenantLookup): Promise<TenantScope> {
  const tenant = await lookup(slug);
  if (!tenant || !holds(actor, tenant.id, "tenant.read")) throw notFound("tenant");
  if (!holds(actor, tenant.id, permission))
    throw new ServiceError("forbidden", `Your role does not allow ${permission} on ${tenant.slug}. Ask a platform admin for it.`);
  return { [made]: "tenant", actor, tenantId: tenant.id, slug: tenant.slug, may: (wanted) => holds(actor, tenant.id, wanted) };
}

/**
 * @throws ServiceError `forbidden` when the actor lacks the fleet-wide permission; `not_found` where it makes revisions: for those who
 * may not, there is nothing to call.
 */
export function openFleetScope(actor: Actor, permission: Permission): FleetScope {
  if (!actor.grants.fleet.has(permission)) throw fleetRefusal(permission);
  return { [made]: "fleet", actor, permission };
}

const MAKES_REVISIONS: ReadonlySet<Permission> = new Set(["revision.publish", "revision.rollback"]);

/** What somebody without a fleet-wide permission is told; the same at every door. */
export const fleetRefusal = (permission: Permission): ServiceError =>
  MAKES_REVISIONS.has(permission)
    ? notFound("revision")
    : new ServiceError("forbidden", `Your role does not allow ${permission}. Ask a platform admin for it.`);
