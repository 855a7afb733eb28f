import { FLEET_SECTION, type FleetSection, type JsonValue, type Kind, type Section, type SectionName, type TenantSection } from "@sallyport/snapshot";
import { type FieldChange, fieldChanges } from "../objects/field-changes.js";

export type Change = "added" | "changed" | "removed";

/** One declared object that differs between two states of a section. */
export interface ObjectChange {
  readonly kind: Kind;
  readonly name: string;
  readonly change: Change;
  readonly fields: readonly FieldChange[];
  /** Who saved it last, where that is known; null for removed objects. */
  readonly updatedByName: string | null;
  readonly updatedAt: Date | null;
}

export interface SectionChange {
  /** `fleet`, `tenants/<slug>`, or `groups/<name>` for what a node group is served. */
  readonly name: SectionName;
  readonly tenant: string | null;
  readonly change: Change;
  readonly objects: readonly ObjectChange[];
}

/** Who saved an object last. */
export interface LastEdit {
  readonly updatedByName: string | null;
  readonly updatedAt: Date;
}
export type LastEditOf = (kind: Kind, name: string) => LastEdit | undefined;

/** Member of a tenant's section → kind of the objects in it, in the order in which people read them. */
const TENANT_MEMBERS = [
  ["secrets", "Secret"],
  ["identityProviders", "IdentityProvider"],
  ["routes", "Route"],
  ["upstreams", "Upstream"],
  ["rateLimitPolicies", "RateLimitPolicy"],
  ["propagationPolicies", "PropagationPolicy"],
  ["degradationPolicies", "DegradationPolicy"],
] as const satisfies readonly (readonly [keyof TenantSection, Kind])[];

const changeOf = (before: unknown, after: unknown): Change => (before === undefined ? "added" : after === undefined ? "removed" : "changed");

function pushObject(into: ObjectChange[], kind: Kind, name: string, before: unknown, after: unknown, lastEdit: LastEditOf): void {
  // Specs are zod outputs: JSON by construction.
  const fields = fieldChanges(before as JsonValue | undefined, after as JsonValue | undefined);
  if (fields.length === 0 && before !== undefined && after !== undefined) return;
  const edit = after === undefined ? undefined : lastEdit(kind, name);
  into.push({
    kind,
    name,
    change: changeOf(before, after),
    fields,
    updatedByName: edit?.updatedByName ?? null,
    updatedAt: edit?.updatedAt ?? null,
  });
}

function pushRecord(
  into: ObjectChange[],
  kind: Kind,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  lastEdit: LastEditOf,
): void {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const name of [...names].sort()) pushObject(into, kind, name, before[name], after[name], lastEdit);
}

const ownFields = (section: TenantSection | undefined): unknown =>
  section === undefined
    ? undefined
    : {
        ...{ plan: section.plan, status: section.status, domains: section.domains },
        ...{ clientCertificates: section.clientCertificates, lockout: section.lockout, rateLimitFields: section.rateLimitFields },
      };

function tenantObjects(before: TenantSection | undefined, after: TenantSection | undefined, lastEdit: LastEditOf): ObjectChange[] {
  const objects: ObjectChange[] = [];
  pushObject(objects, "Tenant", (after ?? before)?.slug ?? "", ownFields(before), ownFields(after), lastEdit);
  for (const [member, kind] of TENANT_MEMBERS) pushRecord(objects, kind, before?.[member] ?? {}, after?.[member] ?? {}, lastEdit);
  return objects;
}

function fleetObjects(before: FleetSection | undefined, after: FleetSection | undefined, lastEdit: LastEditOf): ObjectChange[] {
  const objects: ObjectChange[] = [];
  pushObject(objects, "Fleet", "default", before?.settings, after?.settings, lastEdit);
  pushRecord(objects, "RateLimitPolicy", before?.rateLimitPolicies ?? {}, after?.rateLimitPolicies ?? {}, lastEdit);
  return objects;
}

/** What differs between two states of one section; at least one of them must be there, and both of one kind. */
export function sectionChange(
  name: SectionName,
  before: Section | undefined,
  after: Section | undefined,
  lastEdit: LastEditOf = () => undefined,
): SectionChange {
  const change = changeOf(before, after);
  if (name === FLEET_SECTION) {
    const objects = fleetObjects(before?.kind === "fleet" ? before : undefined, after?.kind === "fleet" ? after : undefined, lastEdit);
    return { name, tenant: null, change, objects };
  }
  const was = before?.kind === "tenant" ? before : undefined;
  const is = after?.kind === "tenant" ? after : undefined;
  return { name, tenant: (is ?? was)?.slug ?? null, change, objects: tenantObjects(was, is, lastEdit) };
}
