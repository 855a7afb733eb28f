import { type DataClients, withFleet } from "@sallyport/data";
import type { Actor } from "./actor.js";
import type { Permission } from "./permissions.js";
import { type FleetScope, openFleetScope, openTenantScope, type TenantScope } from "./scope.js";

/** The only door to scopes: whoever has no scope reaches no rows. */
export interface Access {
  /** @throws ServiceError `not_found` for a tenant that is absent or not the actor's, `forbidden` when only the permission lacks */
  tenant(actor: Actor, slug: string, permission: Permission): Promise<TenantScope>;
  /** @throws ServiceError `forbidden`; `not_found` for publishing and rolling back */
  fleet(actor: Actor, permission: Permission): Promise<FleetScope>;
}

export function createAccess({ data }: { readonly data: DataClients }): Access {
  const lookup = (slug: string) =>
    withFleet(data.fleet, (tx) => tx.tenant.findUnique({ where: { slug: String(slug) }, select: { id: true, slug: true } }));
  return {
    tenant: (actor, slug, permission) => openTenantScope(actor, slug, permission, lookup),
    fleet: async (actor, permission) => openFleetScope(actor, permission),
  };
}
