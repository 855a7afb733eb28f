import { type DataClients, type DataTransaction, type TenantTransaction, withTenant } from "@sallyport/data";
import { KIND_SPECS, type Kind, type TenantKind } from "@sallyport/snapshot";
import type { z } from "zod";
import { requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { Clock } from "../deps.js";
import { type FieldIssue, notFound, ServiceError } from "../errors.js";
import { invalid, parse } from "../validation.js";
import { type Declared, type TenantDeclared, tenantDeclared, tenantKind } from "./declared.js";
import { readSource, writeSources } from "./document-sources.js";
import { KIND_ACTION, TENANT_KIND_PERMISSION } from "./kind-permissions.js";
import { findStored, listStored, removeStored, type StoredObject } from "./object-table.js";
import { objectName, putObjectInput, removeObjectInput } from "./objects.schemas.js";
import { danglingReferences, KIND_LABELS, referencesOf } from "./references.js";
import { referrersTo } from "./referrers.js";
import { lockTenant } from "./tenant-lock.js";
import { insertStored, updateStored } from "./write-stored.js";

/** A declared object of a tenant. */
export type ObjectRow<K extends TenantKind = TenantKind> = {
  [P in K]: {
    readonly kind: P;
    readonly name: string;
    readonly spec: Extract<TenantDeclared, { kind: P }>["spec"];
    readonly version: number;
    readonly updatedAt: Date;
    readonly updatedByName: string | null;
  };
}[K];

/** What is declared inside a tenant: one interface for all kinds. */
export interface Objects {
  list<K extends TenantKind>(scope: TenantScope, kind: K): Promise<ObjectRow<K>[]>;
  get<K extends TenantKind>(scope: TenantScope, kind: K, name: string): Promise<ObjectRow<K>>;
  /** The object's document as its author wrote it; null where nothing is kept of it. It may say less, or other, than what is declared. */
  source(scope: TenantScope, kind: TenantKind, name: string): Promise<string | null>;
  /**
   * Makes (`version: null`) or replaces an object.
   * @throws ServiceError `invalid` with issues on `spec.…`; `conflict` with the current row when another version stands
   */
  put<K extends TenantKind>(scope: TenantScope, kind: K, name: string, input: z.input<typeof putObjectInput>): Promise<ObjectRow<K>>;
  /** @throws ServiceError `precondition` naming the objects that refer to it */
  remove(scope: TenantScope, kind: TenantKind, name: string, input: z.input<typeof removeObjectInput>): Promise<void>;
}

/** Checks of a spec that need more than the tenant's own rows, for example where its URLs point. */
export type CheckSpec = (object: Declared) => Promise<readonly FieldIssue[]>;

function toRow<K extends TenantKind>(kind: K, stored: StoredObject): ObjectRow<K> {
  const { name, version, updatedAt, updatedBy } = stored;
  // The schema of the kind gives the type of the kind; TypeScript cannot follow the pair through a generic.
  return { kind, name, spec: KIND_SPECS[kind].parse(stored.spec), version, updatedAt, updatedByName: updatedBy } as ObjectRow<K>;
}

/** @throws ServiceError `invalid` where the spec names what the tenant has not got */
async function checkReferences(tx: TenantTransaction, tenantId: string, object: TenantDeclared): Promise<void> {
  const references = referencesOf(object);
  const kinds = [...new Set(references.map(({ kind }) => kind))];
  const present = new Map<Kind, Set<string>>();
  for (const kind of kinds) present.set(kind, new Set((await listStored(tx, tenantId, parse(tenantKind, kind))).map(({ name }) => name)));
  const issues = danglingReferences(references, (kind, name) => present.get(kind)?.has(name) ?? false);
  if (issues.length > 0) throw invalid(issues);
}

const conflict = (message: string, kind: TenantKind, stored: StoredObject): ServiceError =>
  new ServiceError("conflict", message, { current: toRow(kind, stored) });

export function createObjects({
  data,
  clock,
  checkSpec,
}: {
  readonly data: DataClients;
  readonly clock: Clock;
  readonly checkSpec: CheckSpec;
}): Objects {
  async function existing(tx: DataTransaction, scope: TenantScope, kind: TenantKind, name: string): Promise<StoredObject> {
    const stored = await findStored(tx, scope.tenantId, kind, name);
    if (stored === null) throw notFound(KIND_LABELS[kind]);
    return stored;
  }

  return {
    async list(scope, rawKind) {
      requireOnTenant(scope, "tenant.read");
      const kind = parse(tenantKind, rawKind) as typeof rawKind;
      const rows = await withTenant(data.app, scope.tenantId, async (tx) => await listStored(tx, scope.tenantId, kind));
      return rows.map((row) => toRow(kind, row));
    },

    async get(scope, rawKind, name) {
      requireOnTenant(scope, "tenant.read");
      const kind = parse(tenantKind, rawKind) as typeof rawKind;
      return toRow(kind, await withTenant(data.app, scope.tenantId, (tx) => existing(tx, scope, kind, String(name))));
    },

    async source(scope, rawKind, name) {
      requireOnTenant(scope, "tenant.read");
      const kind = parse(tenantKind, rawKind);
      return withTenant(data.app, scope.tenantId, (tx) => readSource(tx, { tenant: scope.slug, kind, name: String(name) }));
    },

    async put(scope, rawKind, rawName, raw) {
      const kind = parse(tenantKind, rawKind) as typeof rawKind;
      requireOnTenant(scope, TENANT_KIND_PERMISSION[kind]);
      const { name } = parse(objectName, { name: rawName });
      const { spec, version, source } = parse(putObjectInput, raw);
      const object = parse(tenantDeclared, { kind, spec });
      const outside = await checkSpec(object);
      if (outside.length > 0) throw invalid(outside);
      const { tenantId, actor, slug } = scope;
      const stored = await withTenant(data.app, tenantId, async (tx) => {
        await lockTenant(tx, tenantId);
        const before = await findStored(tx, tenantId, kind, name);
        if (version === null && before)
          throw conflict(`${name} is the name of another ${KIND_LABELS[kind]} of ${slug}. Choose another name.`, kind, before);
        if (version !== null && !before) throw notFound(KIND_LABELS[kind]);
        if (before && before.version !== version)
          throw conflict(`${before.updatedBy ?? "Somebody"} saved ${name} first. Compare both, then save again.`, kind, before);
        await checkReferences(tx, tenantId, object);
        const at = new Date(clock.now());
        const row = { tenantId, name, object };
        if (version === null) await insertStored(tx, [row], { updatedBy: actor.name, at });
        else await updateStored(tx, row, version, { updatedBy: actor.name, at });
        const action = `${KIND_ACTION[kind]}.${before ? "update" : "create"}`;
        const entry = { action, targetKind: kind, targetName: name, tenantSlug: slug, before: before?.spec, after: object.spec };
        await recordAudit(tx, actor, [entry], at);
        if (source !== undefined) await writeSources(tx, [{ tenant: slug, kind, name, source }], at);
        return await existing(tx, scope, kind, name);
      });
      return toRow(kind, stored);
    },

    async remove(scope, rawKind, rawName, raw) {
      const kind = parse(tenantKind, rawKind);
      requireOnTenant(scope, TENANT_KIND_PERMISSION[kind]);
      const name = String(rawName);
      const { version } = parse(removeObjectInput, raw);
      const { tenantId, actor, slug } = scope;
      await withTenant(data.app, tenantId, async (tx) => {
        await lockTenant(tx, tenantId);
        const before = await existing(tx, scope, kind, name);
        if (before.version !== version)
          throw conflict(`${before.updatedBy ?? "Somebody"} saved ${name} in the meantime. Look at it before you delete it.`, kind, before);
        const referrers = await referrersTo(tx, tenantId, kind, name);
        if (referrers.length > 0)
          throw new ServiceError("precondition", `${name} is used by ${referrers.join(", ")}. Change that first, then delete it.`);
        await removeStored(tx, tenantId, kind, name, version);
        const entry = { action: `${KIND_ACTION[kind]}.delete`, targetKind: kind, targetName: name, tenantSlug: slug, before: before.spec };
        const at = new Date(clock.now());
        await recordAudit(tx, actor, [entry], at);
        await writeSources(tx, [{ tenant: slug, kind, name, source: null }], at);
      });
    },
  };
}
