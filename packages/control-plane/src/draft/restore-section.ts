import type { FleetTransaction } from "@sallyport/data";
import {
  canonicalJson,
  type FleetSection,
  type JsonValue,
  SECTION_KINDS,
  type TenantKind,
  type TenantSection,
  tenantSpec,
} from "@sallyport/snapshot";
import { uuidv7 } from "uuidv7";
import { ServiceError } from "../errors.js";
import { type TenantDeclared, tenantDeclared } from "../objects/declared.js";
import { listStored, removeStored } from "../objects/object-table.js";
import { SECTION_MEMBER } from "../objects/section-member.js";
import { lockFleet, lockTenant } from "../objects/tenant-lock.js";
import { asJson, insertStored, type NewObject, type Stamp, updateStored } from "../objects/write-stored.js";
import { setDomains } from "../tenants/domains.js";
import { groupsNaming } from "../tenants/group-references.js";
import { tenantColumns } from "../tenants/tenants.js";
import { withoutUndefined } from "../validation.js";

/** Stored specs are compared as they stand: one that this build cannot read differs, and is put back like any other. */
const same = (a: unknown, b: unknown): boolean => canonicalJson(a as JsonValue) === canonicalJson(b as JsonValue);

const declared = (kind: TenantKind, spec: unknown): TenantDeclared => tenantDeclared.parse({ kind, spec });

/** A tenant that was deleted in the draft comes back with the display name that its deletion noted; sections have none. */
async function formerDisplayName(tx: FleetTransaction, slug: string): Promise<string> {
  const noted = await tx.auditRecord.findFirst({
    where: { action: "tenant.delete", targetKind: "Tenant", targetName: slug },
    orderBy: { at: "desc" },
    select: { before: true },
  });
  const spec = tenantSpec.safeParse(noted?.before);
  return spec.success ? spec.data.displayName : slug;
}

async function restoreTenantRow(tx: FleetTransaction, live: TenantSection, stamp: Stamp): Promise<string> {
  const { slug, plan, status, domains, clientCertificates, lockout, rateLimitFields } = live;
  const row = await tx.tenant.findUnique({ where: { slug }, select: { id: true, displayName: true, spec: true, version: true } });
  const displayName = row === null ? await formerDisplayName(tx, slug) : row.displayName;
  const spec = withoutUndefined(tenantSpec.parse({ displayName, plan, status, domains, clientCertificates, lockout, rateLimitFields }));
  const id = row?.id ?? uuidv7();
  if (row === null) {
    await tx.tenant.createMany({
      data: [{ id, slug, ...tenantColumns(spec), createdAt: stamp.at, updatedAt: stamp.at, updatedBy: stamp.updatedBy }],
    });
  } else {
    await lockTenant(tx, id);
    if (!same(spec, row.spec)) {
      const data = { ...tenantColumns(spec), version: row.version + 1, updatedAt: stamp.at, updatedBy: stamp.updatedBy };
      await tx.tenant.update({ where: { id }, data });
    }
  }
  await setDomains(tx, id, domains);
  return id;
}

/** Makes the tenant's draft what is live: every object that differs is put back, what is not live is taken away. */
export async function restoreTenant(tx: FleetTransaction, live: TenantSection, stamp: Stamp): Promise<void> {
  await lockFleet(tx);
  const tenantId = await restoreTenantRow(tx, live, stamp);
  const fresh: NewObject[] = [];
  for (const kind of SECTION_KINDS) {
    const wanted = new Map<string, unknown>(Object.entries(live[SECTION_MEMBER[kind]]));
    for (const row of await listStored(tx, tenantId, kind)) {
      const spec = wanted.get(row.name);
      wanted.delete(row.name);
      if (spec === undefined) await removeStored(tx, tenantId, kind, row.name, row.version);
      else if (!same(row.spec, spec)) await updateStored(tx, { tenantId, name: row.name, object: declared(kind, spec) }, row.version, stamp);
    }
    for (const [name, spec] of wanted) fresh.push({ tenantId, name, object: declared(kind, spec) });
  }
  await insertStored(tx, fresh, stamp);
}

/** Takes a tenant that was never published out of the draft. @throws ServiceError `precondition` when a node group names it. */
export async function removeAddedTenant(tx: FleetTransaction, slug: string): Promise<void> {
  await lockFleet(tx);
  const groups = await groupsNaming(tx, slug);
  if (groups.length > 0) throw new ServiceError("precondition", `${slug} is named by the node group ${groups.join(", ")}. Take it out there first.`);
  await tx.tenant.deleteMany({ where: { slug } });
}

/** Makes the fleet's settings and fleet-wide policies what is live. */
export async function restoreFleet(tx: FleetTransaction, live: FleetSection, stamp: Stamp): Promise<void> {
  await lockFleet(tx);
  const wanted = new Map<string, { kind: string; name: string; spec: unknown }>();
  wanted.set("Fleet/default", { kind: "Fleet", name: "default", spec: live.settings });
  for (const [name, spec] of Object.entries(live.rateLimitPolicies)) wanted.set(`RateLimitPolicy/${name}`, { kind: "RateLimitPolicy", name, spec });
  const written = { updatedAt: stamp.at, updatedBy: stamp.updatedBy };
  // Tests are in no section: what is discarded leaves them as they are.
  for (const row of await tx.fleetObject.findMany({ where: { kind: { not: "PolicyTest" } } })) {
    const key = `${row.kind}/${row.name}`;
    const target = wanted.get(key);
    wanted.delete(key);
    const where = { kind_name: { kind: row.kind, name: row.name } };
    if (target === undefined) await tx.fleetObject.delete({ where });
    else await tx.fleetObject.update({ where, data: { spec: asJson(target.spec), version: row.version + 1, ...written } });
  }
  for (const { kind, name, spec } of wanted.values())
    await tx.fleetObject.create({ data: { kind, name, spec: asJson(spec), createdAt: stamp.at, ...written } });
}
