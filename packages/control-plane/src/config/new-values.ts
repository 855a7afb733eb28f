import type { FleetTransaction } from "@sallyport/data";
import type { ConfigDocument } from "@sallyport/snapshot";
import type { Actor } from "../access/actor.js";
import { recordAudit } from "../audit/record-audit.js";
import { REDACTED } from "../audit/redacted.js";
import type { SecretBox } from "../secrets/sealed.js";
import { destinationsOf, secretUsesOf } from "../secrets/secret-uses.js";
import { isSameValue, type NewValue, storeValue } from "../secrets/stored-values.js";
import { tenantOf } from "./documents.js";
import type { Change } from "./plan-changes.js";

type Unplaced = Omit<NewValue, "tenantId" | "setBy" | "at">;

/** What a file's value would be stored as, for the addresses that the configuration then sends it to. */
function givenValue({ kind, name, tenant, after, given }: Change, byTenant: ReadonlyMap<string, readonly ConfigDocument[]>): Unplaced | null {
  if (kind !== "Secret" || given === null || after?.kind !== "Secret" || tenant === undefined) return null;
  const uses = (byTenant.get(tenant) ?? []).flatMap(secretUsesOf);
  return { name, type: after.spec.type, value: given, destinations: destinationsOf(uses, name) };
}

/**
 * The plan, with the secrets whose value is news as changes. The caller has made sure that the actor may set them: what is told here
 * would else tell whether a guess is right.
 */
export async function withNewValues(
  tx: FleetTransaction,
  box: SecretBox,
  { changes, result, tenantIds }: { changes: readonly Change[]; result: readonly ConfigDocument[]; tenantIds: ReadonlyMap<string, string> },
): Promise<Change[]> {
  const byTenant = new Map<string, ConfigDocument[]>();
  for (const document of result) {
    const tenant = tenantOf(document);
    const own = tenant === null ? undefined : byTenant.get(tenant);
    if (own !== undefined) own.push(document);
    else if (tenant !== null) byTenant.set(tenant, [document]);
  }
  const planned: Change[] = [];
  for (const change of changes) {
    const value = givenValue(change, byTenant);
    const tenantId = tenantIds.get(change.tenant ?? "");
    const isNews = value !== null && (tenantId === undefined || !(await isSameValue(tx, box, { ...value, tenantId })));
    if (!isNews) planned.push(change);
    else {
      const fields = [...change.fields, { path: "value", before: undefined, after: REDACTED }];
      planned.push({ ...change, change: change.change === "unchanged" ? "update" : change.change, fields, newValue: value });
    }
  }
  return planned;
}

/** Whether nothing of the declared object changes: only the value does, which stands elsewhere. */
export const isValueOnly = ({ change, newValue, fields }: Change): boolean => change === "update" && newValue !== null && fields.length === 1;

/** Stores the values that are news. The caller holds the revisions' lock and those of the tenants. @returns what was set, `acme/okta` */
export async function writeNewValues(
  tx: FleetTransaction,
  box: SecretBox,
  actor: Actor,
  { changes, tenantIds, at }: { changes: readonly Change[]; tenantIds: ReadonlyMap<string, string>; at: Date },
): Promise<string[]> {
  const set: string[] = [];
  for (const { tenant, name, newValue } of changes) {
    const tenantId = tenantIds.get(tenant ?? "");
    if (newValue === null || tenant === undefined || tenantId === undefined) continue;
    const version = await storeValue(tx, box, { ...newValue, tenantId, setBy: actor.name, at });
    if (version === null) continue;
    const target = { targetKind: "Secret", targetName: name, tenantSlug: tenant };
    await recordAudit(tx, actor, [{ action: "secret.set", ...target, after: { version, value: REDACTED } }], at);
    set.push(`${tenant}/${name}`);
  }
  return set;
}

/** The sentence of the revision that brings them. */
export function setSentence(set: readonly string[]): string {
  const [first = ""] = set;
  if (set.length === 1) return `Secret ${first} was set`;
  return set.length <= 3 ? `Secrets ${set.join(", ")} were set` : `Secret ${first} and ${set.length - 1} others were set`;
}
