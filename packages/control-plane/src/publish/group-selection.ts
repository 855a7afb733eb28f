import type { FleetTransaction } from "@sallyport/data";
import { type NodeGroupSpec, nodeGroupSpec, type SectionName } from "@sallyport/snapshot";
import { type GroupRow, readGroups } from "./group-envelopes.js";

/** A node group whose published spec differs from its present one. */
export interface GroupDifference {
  readonly name: SectionName;
  readonly group: GroupRow;
  /** Null for a group that no revision has served yet. */
  readonly published: NodeGroupSpec | null;
}

const groupSectionName = (group: string): SectionName => `groups/${group}`;

const sameTenants = (a: NodeGroupSpec, b: NodeGroupSpec): boolean => JSON.stringify(a.tenants) === JSON.stringify(b.tenants);

/** The groups as they are now, and those among them whose choice of tenants is not published. @param live number of the live revision */
export async function groupSelections(tx: FleetTransaction, live: number | null): Promise<{ groups: GroupRow[]; differing: GroupDifference[] }> {
  const groups = await readGroups(tx);
  if (live === null) return { groups, differing: [] };
  const rows = await tx.revisionGroup.findMany({ where: { revision: live }, select: { groupId: true, spec: true } });
  const published = new Map(rows.map((row) => [row.groupId, nodeGroupSpec.parse(row.spec)]));
  const differing = groups.flatMap((group) => {
    const spec = published.get(group.id) ?? null;
    // A group that is new gets the live revision as soon as its first node asks: nothing waits for a publish.
    return spec === null || sameTenants(spec, group.spec) ? [] : [{ name: groupSectionName(group.name), group, published: spec }];
  });
  return { groups, differing };
}

/** The groups with the specs that a publish of these sections makes live: the others keep what was published. */
export function publishedGroups(groups: readonly GroupRow[], differing: readonly GroupDifference[], selected: ReadonlySet<SectionName>): GroupRow[] {
  const kept = new Map(differing.filter(({ name }) => !selected.has(name)).map(({ group, published }) => [group.id, published]));
  return groups.map((group) => ({ ...group, spec: kept.get(group.id) ?? group.spec }));
}
