import { ServiceError } from "../errors.js";
import type { Actor } from "./actor.js";
import type { Permission } from "./permissions.js";
import { type FleetScope, fleetRefusal, type TenantScope } from "./scope.js";

/** @throws ServiceError `forbidden` when the scope's actor lacks the permission on this tenant. */
export function requireOnTenant(scope: TenantScope, permission: Permission): void {
  if (!scope.may(permission))
    throw new ServiceError("forbidden", `Your role does not allow ${permission} on ${scope.slug}. Ask a platform admin for it.`);
}

/** A scope opened for one permission does not stand for another. @throws ServiceError as `requireFleetGrant` does. */
export function requireOnFleet(scope: FleetScope, permission: Permission): void {
  requireFleetGrant(scope.actor, permission);
}

/** @throws ServiceError `forbidden`, or `not_found` for publishing, when the actor does not hold the permission for the whole fleet. */
export function requireFleetGrant(actor: Actor, permission: Permission): void {
  if (!actor.grants.fleet.has(permission)) throw fleetRefusal(permission);
}

/** Tenants that the actor may read: `all`, or the ids that the grants name. */
export function readableTenants(actor: Actor): "all" | string[] {
  if (actor.grants.fleet.has("tenant.read")) return "all";
  return [...actor.grants.tenants].filter(([, held]) => held.has("tenant.read")).map(([id]) => id);
}
