import type { FleetTransaction } from "@sallyport/data";
import { type ConfigDocument, type Kind, TENANT_KINDS, type TenantKind } from "@sallyport/snapshot";
import { uuidv7 } from "uuidv7";
import type { AuditEntry } from "../audit/record-audit.js";
import { requireRemovableGroup } from "../groups/group-rules.js";
import { tenantDeclared } from "../objects/declared.js";
import { KIND_ACTION } from "../objects/kind-permissions.js";
import { removeStored } from "../objects/object-table.js";
import type { LastEdit } from "../objects/read-draft.js";
import { asJson, insertStored, type NewObject, type Stamp, updateStored } from "../objects/write-stored.js";
import { deleteTenants } from "../tenants/delete-tenants.js";
import { claimDomains } from "../tenants/domains.js";
import { tenantColumns } from "../tenants/tenants.js";
import { invalid } from "../validation.js";
import { isValueOnly } from "./new-values.js";
import type { Change } from "./plan-changes.js";

/** Versions that stood when the plan was made; the locks keep them standing. */
type LastEditOf = (tenant: string | null, kind: Kind, name: string) => LastEdit | undefined;

interface Writing {
  readonly tx: FleetTransaction;
  /** By slug; gains the tenants that are made here. */
  readonly tenantIds: Map<string, string>;
  readonly lastEdit: LastEditOf;
  readonly stamp: Stamp;
}

const VERB = { create: "create", update: "update", delete: "delete" } as const;

/** The audit rows of the changes, as clicking would have left them. */
export function auditEntries(changes: readonly Change[]): AuditEntry[] {
  return changes.flatMap((planned) => {
    const { kind, name, tenant, change, before, after } = planned;
    return change === "unchanged" || isValueOnly(planned)
      ? []
      : [
          {
            action: `${KIND_ACTION[kind]}.${VERB[change]}`,
            targetKind: kind,
            targetName: name,
            tenantSlug: kind === "Tenant" ? name : (tenant ?? null),
            before: before?.spec,
            after: after?.spec,
          },
        ];
  });
}

const isTenant = (document: ConfigDocument | null): document is Extract<ConfigDocument, { kind: "Tenant" }> => document?.kind === "Tenant";

async function writeTenants({ tx, tenantIds, lastEdit, stamp }: Writing, changes: readonly Change[]): Promise<void> {
  await deleteTenants(
    tx,
    changes.filter(({ change }) => change === "delete").map(({ name }) => name),
  );
  const written = { updatedAt: stamp.at, updatedBy: stamp.updatedBy };
  const documents = changes.flatMap(({ change, after }) => (change !== "unchanged" && isTenant(after) ? [{ change, document: after }] : []));
  const fresh = documents.filter(({ change }) => change === "create").map(({ document }) => document);
  for (const { metadata } of fresh) tenantIds.set(metadata.name, uuidv7());
  const idOf = (slug: string): string => {
    const id = tenantIds.get(slug);
    if (id === undefined) throw new Error(`The plan changes ${slug}, which has no row.`);
    return id;
  };
  for (let start = 0; start < fresh.length; start += 1_000)
    await tx.tenant.createMany({
      data: fresh.slice(start, start + 1_000).map(({ metadata, spec }) => ({
        id: idOf(metadata.name),
        slug: metadata.name,
        ...tenantColumns(spec),
        createdAt: stamp.at,
        ...written,
      })),
    });
  for (const { change, document } of documents)
    if (change === "update") {
      const { name: slug } = document.metadata;
      const version = (lastEdit(slug, "Tenant", slug)?.version ?? 0) + 1;
      await tx.tenant.updateMany({ where: { slug }, data: { ...tenantColumns(document.spec), version, ...written } });
    }
  // First everybody lets go, then everybody takes: a host may move from one tenant to another in one apply.
  const changed = documents.map(({ change, document }) => ({ change, id: idOf(document.metadata.name), domains: document.spec.domains }));
  for (const { change, id, domains } of changed)
    if (change === "update") await tx.tenantDomain.deleteMany({ where: { tenantId: id, host: { notIn: [...domains] } } });
  const lost = await claimDomains(
    tx,
    changed.flatMap(({ id, domains }) => domains.map((host) => ({ tenantId: id, host }))),
  );
  if (lost.length > 0)
    throw invalid(lost.map(({ host }) => ({ path: "documents", message: `claim ${host}, which another tenant took at this moment; remove it` })));
}

async function writeObjects({ tx, tenantIds, lastEdit, stamp }: Writing, changes: readonly Change[]): Promise<void> {
  const fresh: NewObject[] = [];
  for (const planned of changes) {
    const { kind, name, tenant, change, after } = planned;
    // Without an id the tenant itself was deleted, and its objects with it.
    const tenantId = tenantIds.get(tenant ?? "");
    if (change === "unchanged" || tenantId === undefined || isValueOnly(planned)) continue;
    const version = lastEdit(tenant ?? null, kind, name)?.version ?? 0;
    if (after === null) await removeStored(tx, tenantId, kind as TenantKind, name, version);
    else {
      const row = { tenantId, name, object: tenantDeclared.parse({ kind, spec: after.spec }) };
      if (change === "create") fresh.push(row);
      else if (!(await updateStored(tx, row, version, stamp))) throw new Error(`${tenant}/${kind}/${name} changed under its lock.`);
    }
  }
  await insertStored(tx, fresh, stamp);
}

async function writeFleetObjects({ tx, lastEdit, stamp }: Writing, changes: readonly Change[]): Promise<void> {
  const written = { updatedAt: stamp.at, updatedBy: stamp.updatedBy };
  for (const { kind, name, change, after } of changes) {
    if (change === "unchanged") continue;
    const version = (lastEdit(null, kind, name)?.version ?? 0) + 1;
    const spec = asJson(after?.spec);
    if (kind === "NodeGroup") {
      if (change === "create") await tx.nodeGroup.createMany({ data: [{ name, spec, createdAt: stamp.at, ...written }] });
      else if (change === "update") await tx.nodeGroup.updateMany({ where: { name }, data: { spec, version, ...written } });
      else {
        const { id } = await tx.nodeGroup.findUniqueOrThrow({ where: { name }, select: { id: true } });
        await requireRemovableGroup(tx, { id, name });
        await tx.nodeGroup.deleteMany({ where: { id } });
      }
    } else if (change === "create") await tx.fleetObject.createMany({ data: [{ kind, name, spec, createdAt: stamp.at, ...written }] });
    else if (change === "update") await tx.fleetObject.updateMany({ where: { kind, name }, data: { spec, version, ...written } });
    else await tx.fleetObject.deleteMany({ where: { kind, name } });
  }
}

/** Makes the changes. The caller holds the fleet's lock and those of the tenants. */
export async function writeChanges(writing: Writing, changes: readonly Change[]): Promise<void> {
  const ofTenant = (kind: Kind): kind is TenantKind => (TENANT_KINDS as readonly Kind[]).includes(kind);
  await writeTenants(
    writing,
    changes.filter(({ kind }) => kind === "Tenant"),
  );
  for (const { name, change } of changes.filter(({ kind }) => kind === "Tenant")) if (change === "delete") writing.tenantIds.delete(name);
  await writeObjects(
    writing,
    changes.filter(({ kind, tenant }) => ofTenant(kind) && tenant !== undefined),
  );
  await writeFleetObjects(
    writing,
    changes.filter(({ kind, tenant }) => kind !== "Tenant" && tenant === undefined),
  );
}
