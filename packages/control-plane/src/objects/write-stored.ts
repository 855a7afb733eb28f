import { type DataTransaction, Prisma } from "@sallyport/data";
import type { IdentityProviderSpec, RouteSpec, TenantKind } from "@sallyport/snapshot";
import type { TenantDeclared } from "./declared.js";

/** Who writes, and when. */
export interface Stamp {
  readonly updatedBy: string;
  readonly at: Date;
}

/** An object that is to be stored. */
export interface NewObject {
  readonly tenantId: string;
  readonly name: string;
  readonly object: TenantDeclared;
}

/** Specs are zod outputs of the contract: JSON by construction. */
export const asJson = (spec: unknown): Prisma.InputJsonValue => spec as Prisma.InputJsonValue;

/** Columns that repeat what is searched (docs/adr/0002). */
const identityProviderColumns = (spec: IdentityProviderSpec) => ({ issuer: spec.issuer, status: spec.status, audiences: [...spec.audiences] });
const routeColumns = (spec: RouteSpec) => ({ pathPrefix: spec.pathPrefix, upstreamName: spec.upstream });

/** Keeps one statement's parameters far below the protocol's 65,535. */
const ROWS_PER_STATEMENT = 1_000;

async function inBatches<R>(rows: readonly R[], insert: (data: R[]) => PromiseLike<unknown>): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) await insert(rows.slice(start, start + ROWS_PER_STATEMENT));
}

/** Makes new objects, of any tenants. @throws the database's unique violation when a name is taken */
export async function insertStored(tx: DataTransaction, objects: readonly NewObject[], stamp: Stamp): Promise<void> {
  const row = ({ tenantId, name, object }: NewObject) => ({
    tenantId,
    name,
    spec: asJson(object.spec),
    updatedBy: stamp.updatedBy,
    createdAt: stamp.at,
    updatedAt: stamp.at,
  });
  const of = (kind: TenantKind) => objects.filter(({ object }) => object.kind === kind).map(row);
  const identityProviders = objects.flatMap((item) =>
    item.object.kind === "IdentityProvider" ? [{ ...row(item), ...identityProviderColumns(item.object.spec) }] : [],
  );
  const routes = objects.flatMap((item) => (item.object.kind === "Route" ? [{ ...row(item), ...routeColumns(item.object.spec) }] : []));
  await inBatches(identityProviders, (data) => tx.identityProvider.createMany({ data }));
  await inBatches(routes, (data) => tx.route.createMany({ data }));
  await inBatches(of("Secret"), (data) => tx.secret.createMany({ data }));
  await inBatches(of("Upstream"), (data) => tx.upstream.createMany({ data }));
  await inBatches(of("RateLimitPolicy"), (data) => tx.rateLimitPolicy.createMany({ data }));
  await inBatches(of("PropagationPolicy"), (data) => tx.propagationPolicy.createMany({ data }));
  await inBatches(of("DegradationPolicy"), (data) => tx.degradationPolicy.createMany({ data }));
  await inBatches(of("PolicyTest"), (data) => tx.policyTest.createMany({ data }));
}

/**
 * Replaces an object's spec.
 * @param version the version that must stand there now
 * @returns whether it did
 */
export async function updateStored(tx: DataTransaction, { tenantId, name, object }: NewObject, version: number, stamp: Stamp): Promise<boolean> {
  const where = { tenantId, name, version };
  const data = { spec: asJson(object.spec), version: version + 1, updatedBy: stamp.updatedBy, updatedAt: stamp.at };
  if (object.kind === "IdentityProvider") await forgetKeysOfOthers(tx, tenantId, name, object.spec);
  const { count } = await updateIn(tx, where, data, object);
  return count === 1;
}

/** Keys and check results belong to an address: another issuer or key source begins without. */
async function forgetKeysOfOthers(tx: DataTransaction, tenantId: string, name: string, spec: IdentityProviderSpec): Promise<void> {
  await tx.identityProvider.updateMany({
    where: { tenantId, name, NOT: { issuer: spec.issuer, spec: { path: ["keys"], equals: asJson(spec.keys) } } },
    data: { lastKeys: Prisma.DbNull, lastCheck: Prisma.DbNull, lastCheckedAt: null },
  });
}

function updateIn(
  tx: DataTransaction,
  where: { tenantId: string; name: string; version: number },
  data: { spec: Prisma.InputJsonValue; version: number; updatedBy: string; updatedAt: Date },
  object: TenantDeclared,
): PromiseLike<{ count: number }> {
  switch (object.kind) {
    case "IdentityProvider":
      return tx.identityProvider.updateMany({ where, data: { ...data, ...identityProviderColumns(object.spec) } });
    case "Route":
      return tx.route.updateMany({ where, data: { ...data, ...routeColumns(object.spec) } });
    case "Secret":
      return tx.secret.updateMany({ where, data });
    case "Upstream":
      return tx.upstream.updateMany({ where, data });
    case "RateLimitPolicy":
      return tx.rateLimitPolicy.updateMany({ where, data });
    case "PropagationPolicy":
      return tx.propagationPolicy.updateMany({ where, data });
    case "DegradationPolicy":
      return tx.degradationPolicy.updateMany({ where, data });
    case "PolicyTest":
      return tx.policyTest.updateMany({ where, data });
    default:
      return object satisfies never;
  }
}
