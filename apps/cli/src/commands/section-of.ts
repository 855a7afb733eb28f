import type { PlannedChange } from "../rest/views.js";

/** The unit of publishing that an object belongs to. */
export function sectionOf({ kind, name, tenant }: Pick<PlannedChange, "kind" | "name" | "tenant">): string {
  if (kind === "NodeGroup") return `groups/${name}`;
  if (kind === "Tenant") return `tenants/${name}`;
  return tenant === undefined ? "fleet" : `tenants/${tenant}`;
}

/** What nodes are never told: it has no part in a section's hash. */
const FOR_PEOPLE: Readonly<Record<string, ReadonlySet<string>>> = { Tenant: new Set(["displayName"]), NodeGroup: new Set(["displayName"]) };

/** Whether all that changes is for people: the section keeps its hash, and nodes get nothing. */
export const isForPeople = ({ kind, change, fields }: PlannedChange): boolean =>
  change === "update" && fields.every(({ path }) => FOR_PEOPLE[kind]?.has(path) === true);
