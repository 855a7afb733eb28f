import type { Grants } from "./actor.js";
import { type Permission, PORTAL_INTENTS, PORTAL_PERMISSIONS, type PortalIntent, ROLE_PERMISSIONS, ROLES, type Role } from "./permissions.js";

/** A row of the role table: null binds the role to the whole fleet. */
export interface BoundRole {
  readonly role: string;
  readonly tenantId: string | null;
}

const isRole = (name: string): name is Role => (ROLES as readonly string[]).includes(name);

/** What these roles allow together. A role that this build does not know grants nothing. */
export function grantsOf(roles: readonly BoundRole[]): Grants {
  const fleet = new Set<Permission>();
  const tenants = new Map<string, Set<Permission>>();
  for (const { role, tenantId } of roles) {
    if (!isRole(role)) continue;
    const target = tenantId === null ? fleet : (tenants.get(tenantId) ?? new Set<Permission>());
    for (const permission of ROLE_PERMISSIONS[role]) target.add(permission);
    if (tenantId !== null) tenants.set(tenantId, target);
  }
  return { fleet, tenants };
}

/**
 * What a token may do: never more than its owner now, its scopes, and its tenant where it has one.
 * @param tenantId null for a token that is not limited to a tenant
 */
export function limitedGrants(owner: Grants, scopes: readonly string[], tenantId: string | null): Grants {
  const wanted = new Set(scopes);
  const both = (held: Iterable<Permission>): Set<Permission> => new Set([...held].filter((permission) => wanted.has(permission)));
  if (tenantId !== null) return { fleet: new Set(), tenants: new Map([[tenantId, both([...owner.fleet, ...(owner.tenants.get(tenantId) ?? [])])]]) };
  return { fleet: both(owner.fleet), tenants: new Map([...owner.tenants].map(([id, held]) => [id, both(held)])) };
}

/** What a stored invitation is for. An intent that this build does not know is none. */
export const knownIntents = (stored: readonly string[]): PortalIntent[] => PORTAL_INTENTS.filter((intent) => stored.includes(intent));

/** What a session of the portal may do: what it was invited for, on its one tenant. */
export const portalGrants = (tenantId: string, intents: readonly PortalIntent[]): Grants => ({
  fleet: new Set(),
  tenants: new Map([[tenantId, new Set<Permission>(intents.flatMap((intent) => PORTAL_PERMISSIONS[intent]))]]),
});
