import type { FleetTransaction } from "@sallyport/data";
import type { Manifest, SectionName } from "@sallyport/snapshot";
import { SILENT_AFTER_MS } from "../nodes/node-state.js";
import type { GroupRow } from "../publish/group-envelopes.js";
import type { GroupDifference } from "../publish/group-selection.js";
import { differingSections, manifestOfGroup, slugOfSection } from "../publish/manifest.js";

/** A node that gets something. */
export interface ReachedNode {
  readonly name: string;
  /** It was heard of within the last 15 s: the revision is live when these have it. */
  readonly connected: boolean;
}

export interface ReachedGroup {
  readonly name: string;
  /** Sections that differ for its nodes. */
  readonly sections: number;
  /** Tenants among them. */
  readonly tenants: number;
  /** How many nodes there are; the first of them by name. */
  readonly nodeCount: number;
  readonly connectedCount: number;
  readonly nodes: readonly ReachedNode[];
}

/** Whose hash changes, from what to what; null where it is not. */
export interface ChangedHash {
  readonly name: SectionName;
  readonly before: string | null;
  readonly after: string | null;
}

/** How far a publish goes. */
export interface Reach {
  readonly sections: readonly ChangedHash[];
  /** Groups whose nodes get other content; all others get a new revision number and nothing else. */
  readonly groups: readonly ReachedGroup[];
  readonly nodeCount: number;
  readonly connectedCount: number;
  /** Groups whose content stays as it is. */
  readonly untouchedGroups: readonly string[];
  /** Changed sections that no group serves: they go out and reach nobody. */
  readonly unserved: readonly SectionName[];
  /** Tenants saved since the last revision of which nodes get nothing new: display names and the like. */
  readonly metadataOnly: readonly string[];
}

/** So many nodes of a group are named. */
const MAX_NODES = 200;
const MAX_METADATA = 200;

/** Which nodes are given these sections at all, whatever is in them. */
export type Serving = Pick<Reach, "groups" | "nodeCount" | "connectedCount" | "unserved">;

const serves = ({ name, spec }: GroupRow, section: SectionName): boolean => {
  if (section.startsWith("groups/")) return section === `groups/${name}`;
  const slug = slugOfSection(section);
  return slug === null || spec.tenants === "all" || spec.tenants.includes(slug);
};

/** @param groups as they stand in the draft */
export async function servingOf(tx: FleetTransaction, sections: readonly SectionName[], groups: readonly GroupRow[], now: number): Promise<Serving> {
  const sent: Sent[] = groups.map((group) => ({ group, changed: sections.filter((section) => serves(group, section)) }));
  const reached = await Promise.all(sent.filter(({ changed }) => changed.length > 0).map((each) => reachedGroup(tx, each, now)));
  const served = new Set(sent.flatMap(({ changed }) => changed));
  return { groups: reached, ...totalsOf(reached), unserved: sections.filter((name) => !served.has(name)) };
}

const totalsOf = (groups: readonly ReachedGroup[]): Pick<Reach, "nodeCount" | "connectedCount"> => ({
  nodeCount: groups.reduce((sum, { nodeCount }) => sum + nodeCount, 0),
  connectedCount: groups.reduce((sum, { connectedCount }) => sum + connectedCount, 0),
});

interface ReachOf {
  readonly before: Manifest;
  readonly after: Manifest;
  /** As they would be served. */
  readonly groups: readonly GroupRow[];
  readonly differing: readonly GroupDifference[];
  /** Tenants that differ anyway. */
  readonly unpublished: readonly SectionName[];
  readonly live: number | null;
  readonly now: number;
}

interface Sent {
  readonly group: GroupRow;
  readonly changed: readonly SectionName[];
}

export async function reachOf(tx: FleetTransaction, { before, after, groups, differing, unpublished, live, now }: ReachOf): Promise<Reach> {
  const sent: Sent[] = groups.map((group) => {
    const difference = differing.find((each) => each.group.id === group.id);
    const was = manifestOfGroup(before, difference?.published ?? group.spec);
    return { group, changed: differingSections(was, manifestOfGroup(after, group.spec)) };
  });
  const touched = sent.filter(({ changed }) => changed.length > 0);
  const reached = await Promise.all(touched.map((each) => reachedGroup(tx, each, now)));
  const served = new Set(sent.flatMap(({ changed }) => changed));
  const sections = differingSections(before, after);
  return {
    sections: sections.map((name) => ({ name, before: before[name] ?? null, after: after[name] ?? null })),
    groups: reached,
    ...totalsOf(reached),
    untouchedGroups: sent.filter(({ changed }) => changed.length === 0).map(({ group }) => group.name),
    unserved: sections.filter((name) => !served.has(name)),
    metadataOnly: live === null ? [] : await savedForPeople(tx, live, new Set(unpublished)),
  };
}

async function reachedGroup(tx: FleetTransaction, { group, changed }: Sent, now: number): Promise<ReachedGroup> {
  const active = { groupId: group.id, status: "active" as const };
  const since = new Date(now - SILENT_AFTER_MS);
  const [nodeCount, connectedCount, rows] = await Promise.all([
    tx.node.count({ where: active }),
    tx.node.count({ where: { ...active, lastSeenAt: { gte: since } } }),
    tx.node.findMany({ where: active, select: { name: true, lastSeenAt: true }, orderBy: { name: "asc" }, take: MAX_NODES }),
  ]);
  return {
    name: group.name,
    sections: changed.length,
    tenants: changed.filter((name) => slugOfSection(name) !== null).length,
    nodeCount,
    connectedCount,
    nodes: rows.map(({ name, lastSeenAt }) => ({ name, connected: lastSeenAt !== null && lastSeenAt >= since })),
  };
}

async function savedForPeople(tx: FleetTransaction, live: number, unpublished: ReadonlySet<SectionName>): Promise<string[]> {
  const revision = await tx.revision.findUnique({ where: { number: live }, select: { createdAt: true } });
  if (revision === null) return [];
  const rows = await tx.tenant.findMany({
    where: { updatedAt: { gt: revision.createdAt }, deletedAt: null },
    select: { slug: true },
    orderBy: { slug: "asc" },
    take: MAX_METADATA,
  });
  return rows.map(({ slug }) => slug).filter((slug) => !unpublished.has(`tenants/${slug}`));
}
