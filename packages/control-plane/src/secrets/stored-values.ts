import type { DataTransaction, FleetTransaction } from "@sallyport/data";
import { SECRETS_SECTION } from "@sallyport/snapshot";
import type { SecretBox, SecretPlace } from "./sealed.js";
import { type ValueFacts, valueFor, type WantedValue } from "./value-for.js";

/** A value as far as people learn of it. */
export interface StoredValue extends ValueFacts {
  readonly setAt: Date;
  readonly setBy: string;
}

/** A new value, and whose it is. */
export interface NewValue extends WantedValue {
  readonly tenantId: string;
  readonly name: string;
  readonly value: string;
  readonly setBy: string;
  readonly at: Date;
}

/** Of values for other addresses this many stay, for a draft that is not published yet and for a rollback. */
const KEPT_FOR_OTHERS = 3;

const FACTS = { name: true, version: true, type: true, destinations: true, setAt: true, setBy: true } as const;

/** Where a value stands; bound into its ciphertext. */
export const valuePlace = (tenantId: string, name: string, version: number): SecretPlace => ({
  table: "secret_value",
  row: `${tenantId}/${name}/${version}`,
  column: "sealed",
});

/** Facts about a tenant's values; `name` for those of one secret. */
export const readValues = (tx: DataTransaction, tenantId: string, name?: string): PromiseLike<StoredValue[]> =>
  tx.secretValue.findMany({
    where: { tenantId, ...(name === undefined ? {} : { name }) },
    select: FACTS,
    orderBy: [{ name: "asc" }, { version: "desc" }],
  });

/** Whether this very value stands already for this use of it. */
export async function isSameValue(tx: FleetTransaction, box: SecretBox, wanted: Omit<NewValue, "setBy" | "at">): Promise<boolean> {
  const standing = valueFor(await readValues(tx, wanted.tenantId, wanted.name), wanted);
  if (standing === null) return false;
  const { tenantId, name, version } = { ...wanted, version: standing.version };
  const row = await tx.secretValue.findUniqueOrThrow({ where: { tenantId_name_version: { tenantId, name, version } } });
  return box.open({ bytes: Buffer.from(row.sealed), keyId: row.wrappingKeyId }, valuePlace(tenantId, name, version)) === wanted.value;
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((member) => b.includes(member));

/** The versions that nodes have: whatever a draft tries meanwhile, what is live goes on with its own value (ADR 0008). */
async function liveVersions(tx: FleetTransaction, tenantId: string, name: string): Promise<ReadonlySet<number>> {
  const rows = await tx.$queryRaw<{ version: number | null }[]>`
    select distinct (section.body->'items'->(tenant.slug || '/' || ${name})->>'version')::int as version
    from tenant, revision_group g join section on section.hash = g.manifest->>${SECRETS_SECTION}::text
    where tenant.id = ${tenantId}::uuid
      and g.revision in (select max(number) from revision union select held from rollout where settled_at is null)`;
  return new Set(rows.flatMap(({ version }) => version ?? []));
}

/**
 * Stores a value as the secret's next version and lets go of those that it replaces. The caller holds the revisions' and the tenant's lock.
 * @returns the version; null when this very value stands already
 */
export async function storeValue(tx: FleetTransaction, box: SecretBox, wanted: NewValue): Promise<number | null> {
  if (await isSameValue(tx, box, wanted)) return null;
  const { tenantId, name, type, destinations, value, setBy, at } = wanted;
  const older = await readValues(tx, tenantId, name);
  const version = (older[0]?.version ?? 0) + 1;
  const sealed = box.seal(value, valuePlace(tenantId, name, version));
  await tx.secretValue.create({
    data: {
      ...{ tenantId, name, version, type, destinations: [...destinations], setAt: at, setBy },
      sealed: new Uint8Array(sealed.bytes),
      wrappingKeyId: sealed.keyId,
    },
  });
  const forOthers = older.filter((each) => each.destinations.length > 0 && (each.type !== type || !sameSet(each.destinations, destinations)));
  const live = await liveVersions(tx, tenantId, name);
  const kept = new Set(forOthers.filter((each, index) => index < KEPT_FOR_OTHERS || live.has(each.version)).map((each) => each.version));
  const replaced = older.flatMap((each) => (kept.has(each.version) ? [] : [each.version]));
  if (replaced.length > 0) await tx.secretValue.deleteMany({ where: { tenantId, name, version: { in: replaced } } });
  return version;
}
