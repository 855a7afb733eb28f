import type { JsonValue } from "@sallyport/snapshot";
import { fieldChanges } from "../objects/field-changes.js";
import type { GroupDifference } from "../publish/group-selection.js";
import type { SectionChange } from "./section-changes.js";

/** What differs in a node group's choice of tenants; the rest of its spec concerns people only and is never published. */
export function groupChange({ name, group, published }: GroupDifference): SectionChange {
  const before: JsonValue = { tenants: published?.tenants ?? [] };
  const after: JsonValue = { tenants: group.spec.tenants };
  const object = {
    kind: "NodeGroup" as const,
    name: group.name,
    change: "changed" as const,
    fields: fieldChanges(before, after),
    updatedByName: null,
    updatedAt: null,
  };
  return { name, tenant: null, change: "changed", objects: [object] };
}
