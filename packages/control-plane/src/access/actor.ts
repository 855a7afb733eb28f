import type { Permission } from "./permissions.js";

/** What somebody may do: fleet-wide, and tenant by tenant. */
export interface Grants {
  readonly fleet: ReadonlySet<Permission>;
  /** Keyed by tenant id. */
  readonly tenants: ReadonlyMap<string, ReadonlySet<Permission>>;
}

/** Who acts, from where, under which request id. Every mutation's audit row is made of it. */
export interface Actor {
  readonly kind: "person" | "api_token" | "node" | "system" | "portal";
  readonly id: string;
  readonly name: string;
  readonly ip: string | null;
  readonly requestId: string;
  /** Of the session of console or portal that acts; absent for tokens, nodes and the system. */
  readonly sessionId?: string;
  readonly grants: Grants;
}
