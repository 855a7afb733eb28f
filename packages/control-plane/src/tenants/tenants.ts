import { type DataClients, type DataTransaction, withFleet, withTenant } from "@sallyport/data";
import { type TenantKind, type TenantSpec, tenantSpec } from "@sallyport/snapshot";
import { uuidv7 } from "uuidv7";
import type { z } from "zod";
import { requireOnFleet, requireOnTenant } from "../access/require.js";
import type { FleetScope, TenantScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { Clock } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import { lockFleet, lockTenant } from "../objects/tenant-lock.js";
import { asJson } from "../objects/write-stored.js";
import { invalid, parse } from "../validation.js";
import { deleteTenants } from "./delete-tenants.js";
import { setDomains } from "./domains.js";
import { groupsNaming } from "./group-references.js";
import { createTenantInput, removeTenantInput, tenantVersionInput, updateTenantInput } from "./tenants.schemas.js";

/** One tenant, as its page shows it. */
export interface TenantDetail {
  readonly slug: string;
  readonly spec: TenantSpec;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly updatedByName: string | null;
  /** Objects of each kind. */
  readonly counts: Readonly<Record<TenantKind, number>>;
  /** API keys that are not revoked. */
  readonly apiKeys: number;
  /** In force at the nodes without a publish; null without one. */
  readonly suspension: { readonly id: string; readonly since: Date; readonly byName: string; readonly reason: string } | null;
}

/** Changes of tenants as such; what lives inside them is `objects`. */
export interface TenantCommands {
  get(scope: TenantScope): Promise<TenantDetail>;
  create(scope: FleetScope, input: z.input<typeof createTenantInput>): Promise<TenantDetail>;
  /** @throws ServiceError `conflict` with the current detail when `version` is not the one that stands */
  update(scope: TenantScope, input: z.input<typeof updateTenantInput>): Promise<TenantDetail>;
  suspend(scope: TenantScope, input: z.input<typeof tenantVersionInput>): Promise<TenantDetail>;
  resume(scope: TenantScope, input: z.input<typeof tenantVersionInput>): Promise<TenantDetail>;
  /** Takes the tenant and everything declared for it out of the draft; nodes keep serving it until that is published. */
  remove(scope: FleetScope, input: z.input<typeof removeTenantInput>): Promise<void>;
}

async function detail(tx: DataTransaction, tenantId: string): Promise<TenantDetail> {
  const row = await tx.tenant.findUnique({
    where: { id: tenantId },
    include: {
      _count: {
        select: {
          secrets: true,
          identityProviders: true,
          upstreams: true,
          routes: true,
          rateLimitPolicies: true,
          propagationPolicies: true,
          degradationPolicies: true,
          policyTests: true,
          apiKeys: { where: { revokedAt: null } },
        },
      },
    },
  });
  if (row === null) throw notFound("tenant");
  const { _count: count } = row;
  const suspension = await tx.revocation.findFirst({
    where: { tenantId, kind: "suspension", endedAt: null },
    select: { id: true, createdAt: true, createdBy: true, reason: true },
  });
  return {
    slug: row.slug,
    spec: tenantSpec.parse(row.spec),
    version: row.version,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    updatedByName: row.updatedBy,
    counts: {
      Secret: count.secrets,
      IdentityProvider: count.identityProviders,
      Upstream: count.upstreams,
      Route: count.routes,
      RateLimitPolicy: count.rateLimitPolicies,
      PropagationPolicy: count.propagationPolicies,
      DegradationPolicy: count.degradationPolicies,
      PolicyTest: count.policyTests,
    },
    apiKeys: count.apiKeys,
    suspension: suspension && { id: suspension.id, since: suspension.createdAt, byName: suspension.createdBy, reason: suspension.reason ?? "" },
  };
}

/** Columns that repeat the spec. */
export const tenantColumns = (spec: TenantSpec) => ({
  displayName: spec.displayName,
  plan: spec.plan,
  status: spec.status,
  spec: asJson(spec),
});

export function createTenantCommands({ data, clock }: { readonly data: DataClients; readonly clock: Clock }): TenantCommands {
  /** Replaces the spec in the scope's tenant, under its lock. */
  async function change(scope: TenantScope, version: number, verb: string, next: (current: TenantSpec) => TenantSpec): Promise<TenantDetail> {
    requireOnTenant(scope, "tenant.write");
    const { tenantId, actor } = scope;
    return await withTenant(data.app, tenantId, async (tx) => {
      await lockTenant(tx, tenantId);
      const before = await detail(tx, tenantId);
      if (before.version !== version)
        throw new ServiceError("conflict", `${before.updatedByName ?? "Somebody"} saved ${scope.slug} first. Compare both, then save again.`, {
          current: before,
        });
      const spec = next(before.spec);
      const at = new Date(clock.now());
      await tx.tenant.updateMany({
        where: { id: tenantId },
        data: { ...tenantColumns(spec), version: version + 1, updatedAt: at, updatedBy: actor.name },
      });
      await setDomains(tx, tenantId, spec.domains);
      const entry = { action: `tenant.${verb}`, targetKind: "Tenant", targetName: scope.slug, tenantSlug: scope.slug };
      await recordAudit(tx, actor, [{ ...entry, before: before.spec, after: spec }], at);
      return await detail(tx, tenantId);
    });
  }

  return {
    get: (scope) => {
      requireOnTenant(scope, "tenant.read");
      return withTenant(data.app, scope.tenantId, (tx) => detail(tx, scope.tenantId));
    },

    async create(scope, raw) {
      requireOnFleet(scope, "tenant.create");
      const { slug, spec } = parse(createTenantInput, raw);
      return await withFleet(data.fleet, async (tx) => {
        await lockFleet(tx);
        if ((await tx.tenant.findUnique({ where: { slug }, select: { id: true } })) !== null)
          throw invalid([{ path: "slug", message: `${slug} is taken by another tenant; choose another` }]);
        const id = uuidv7();
        const at = new Date(clock.now());
        await tx.tenant.createMany({ data: [{ id, slug, ...tenantColumns(spec), createdAt: at, updatedAt: at, updatedBy: scope.actor.name }] });
        await setDomains(tx, id, spec.domains);
        await recordAudit(tx, scope.actor, [{ action: "tenant.create", targetKind: "Tenant", targetName: slug, tenantSlug: slug, after: spec }], at);
        return await detail(tx, id);
      });
    },

    update: async (scope, raw) => {
      requireOnTenant(scope, "tenant.write");
      const { spec, version } = parse(updateTenantInput, raw);
      return await change(scope, version, "update", () => spec);
    },
    suspend: async (scope, raw) => change(scope, parse(tenantVersionInput, raw).version, "suspend", (spec) => ({ ...spec, status: "suspended" })),
    resume: async (scope, raw) => change(scope, parse(tenantVersionInput, raw).version, "resume", (spec) => ({ ...spec, status: "active" })),

    async remove(scope, raw) {
      requireOnFleet(scope, "tenant.delete");
      const { slug, confirm } = parse(removeTenantInput, raw);
      await withFleet(data.fleet, async (tx) => {
        await lockFleet(tx);
        const tenant = await tx.tenant.findUnique({ where: { slug }, select: { spec: true } });
        if (tenant === null) throw notFound("tenant");
        if (confirm !== slug) throw invalid([{ path: "confirm", message: `is not the tenant's slug; type ${slug} to delete it` }]);
        const groups = await groupsNaming(tx, slug);
        if (groups.length > 0)
          throw new ServiceError("precondition", `${slug} is named by the node group ${groups.join(", ")}. Take it out there first.`);
        await deleteTenants(tx, [slug]);
        const entry = { action: "tenant.delete", targetKind: "Tenant", targetName: slug, tenantSlug: slug, before: tenant.spec };
        await recordAudit(tx, scope.actor, [entry], new Date(clock.now()));
      });
    },
  };
}
