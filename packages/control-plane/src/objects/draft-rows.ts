import { type FleetTransaction, Prisma } from "@sallyport/data";
import type { TenantKind } from "@sallyport/snapshot";

/** One declared object as it is stored. */
export interface DraftRow {
  /** Slug; null for fleet-wide objects. */
  readonly tenant: string | null;
  readonly kind: string;
  readonly name: string;
  readonly spec: unknown;
  readonly version: number;
  readonly updated_at: Date;
  readonly updated_by: string | null;
}

const TABLES = {
  Secret: "secret",
  IdentityProvider: "identity_provider",
  Upstream: "upstream",
  Route: "route",
  RateLimitPolicy: "rate_limit_policy",
  PropagationPolicy: "propagation_policy",
  DegradationPolicy: "degradation_policy",
  PolicyTest: "policy_test",
} as const satisfies Record<TenantKind, string>;

// The names come from the table above, never from outside; values are bound.
const ofKind = ([kind, table]: [string, string], only: Prisma.Sql): Prisma.Sql => Prisma.sql`
  SELECT t.slug, ${kind}, o.name, o.spec, o.version, o.updated_at, o.updated_by
  FROM ${Prisma.raw(table)} o JOIN tenant t ON t.id = o.tenant_id ${only}`;

/** Every declared object, in one statement. @param tenants slugs; absent means all */
export function draftRows(tx: FleetTransaction, tenants: readonly string[] | undefined): PromiseLike<DraftRow[]> {
  const only = tenants === undefined ? Prisma.empty : Prisma.sql`WHERE t.slug = ANY(${[...tenants]})`;
  const kinds = Object.entries(TABLES).map((entry) => ofKind(entry, only));
  return tx.$queryRaw<DraftRow[]>`
    SELECT t.slug AS tenant, 'Tenant' AS kind, t.slug AS name, t.spec, t.version, t.updated_at, t.updated_by FROM tenant t ${only}
    UNION ALL ${Prisma.join(kinds, " UNION ALL ")}
    UNION ALL SELECT NULL, kind, name, spec, version, updated_at, updated_by FROM fleet_object
    UNION ALL SELECT NULL, 'NodeGroup', name, spec, version, updated_at, updated_by FROM node_group`;
}
