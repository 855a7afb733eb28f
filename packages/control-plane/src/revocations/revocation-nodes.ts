import type { FleetTransaction } from "@sallyport/data";
import { nodeGroupSpec } from "@sallyport/snapshot";
import { SILENT_AFTER_MS } from "../nodes/node-state.js";
import { parseNackErrors } from "../revisions/node-states.js";
import { offeredRevisions, readOffer } from "../rollouts/offer.js";

/** Nodes that serve the tenant, and how many of them have it in effect. */
export interface RevocationReach {
  readonly inEffect: number;
  readonly nodes: number;
  /** Of those that have not: how many nobody hears from. */
  readonly unreachable: number;
  /** From the revocation to the first and to the last node's word so far, ms. Null where none of those that were there has said so. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
}

/** `waiting`: connected, and has not said so yet. `refused`: it does not take the revision. `unreachable`: nobody hears from it. */
export interface RevocationNode {
  readonly name: string;
  readonly group: string;
  readonly state: "in_effect" | "waiting" | "refused" | "unreachable";
  /** When the node said so, by the control plane's clock. */
  readonly at: Date | null;
  /** From the revocation to that, ms; null for a node that joined later. */
  readonly tookMs: number | null;
  readonly lastSeenAt: Date | null;
  /** Why it is refused. */
  readonly error: string | null;
}

type Tenants = "all" | readonly string[];

export interface CountedNode {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  /** Slugs of the tenants that its group serves. */
  readonly tenants: Tenants;
  readonly appliedRevision: number | null;
  readonly nackedRevision: number | null;
  readonly nackErrors: unknown;
  readonly lastSeenAt: Date | null;
  readonly enrolledAt: Date;
}

/** Nodes that were neither revoked nor archived, and whom their group serves by what each is offered. */
export async function countedNodes(tx: FleetTransaction): Promise<CountedNode[]> {
  const offer = await readOffer(tx);
  const [nodes, groups] = await Promise.all([
    tx.node.findMany({
      where: { status: "active" },
      orderBy: { name: "asc" },
      select: {
        ...{ id: true, name: true, groupId: true, appliedRevision: true, nackedRevision: true, nackErrors: true, lastSeenAt: true, enrolledAt: true },
        group: { select: { name: true, spec: true } },
      },
    }),
    tx.revisionGroup.findMany({
      where: { revision: { in: offer === null ? [] : offeredRevisions(offer) } },
      select: { revision: true, groupId: true, spec: true },
    }),
  ]);
  const published = new Map(groups.map(({ revision, groupId, spec }) => [`${revision}/${groupId}`, spec]));
  return nodes.map(({ groupId, group, ...node }) => {
    const { tenants } = nodeGroupSpec.parse(published.get(`${offer?.of({ groupId, ...node })}/${groupId}`) ?? group.spec);
    return { ...node, group: group.name, tenants };
  });
}

/** What a revision carries to the nodes of a tenant. */
interface Carried {
  readonly tenantSlug: string;
  readonly revision: number | null;
  readonly createdAt: Date;
}

const serves = ({ tenants }: CountedNode, slug: string): boolean => tenants === "all" || tenants.includes(slug);
const has = ({ appliedRevision }: CountedNode, revision: number): boolean => appliedRevision !== null && appliedRevision >= revision;
const isSilent = ({ lastSeenAt }: CountedNode, now: number): boolean => lastSeenAt === null || now - lastSeenAt.getTime() > SILENT_AFTER_MS;

/**
 * When each node said first that it runs a revision or a later one, for each of these revisions: by revision, then by the node's id.
 * In effect is what the node itself has said that it runs, so the moment is late by the way of that report.
 */
export type FirstReports = ReadonlyMap<number, ReadonlyMap<string, Date>>;

export async function firstReports(tx: FleetTransaction, of: readonly { readonly revision: number | null }[]): Promise<FirstReports> {
  const revisions = [...new Set(of.flatMap(({ revision }) => revision ?? []))];
  const found = new Map<number, Map<string, Date>>(revisions.map((revision) => [revision, new Map()]));
  if (revisions.length === 0) return found;
  const rows = await tx.$queryRaw<{ revision: number; id: string; at: Date }[]>`
    select r.revision, n.id, d.at from unnest(${revisions}::int[]) as r (revision) cross join node n cross join lateral (
      select at from revision_delivery where node_id = n.id and revision >= r.revision and state = 'applied' order by revision limit 1
    ) d where n.status = 'active'`;
  for (const { revision, id, at } of rows) found.get(revision)?.set(id, at);
  return found;
}

/** The node's time of effect, and how long that was after the revocation: null for a node that joined later, which has it from its start. */
function timeOf(node: CountedNode, { revision, createdAt }: Carried, reports: FirstReports): { at: Date | null; tookMs: number | null } {
  const at = (revision === null ? undefined : reports.get(revision)?.get(node.id)) ?? null;
  return { at, tookMs: at === null || node.enrolledAt > createdAt ? null : Math.max(0, at.getTime() - createdAt.getTime()) };
}

/** @param now ms since the epoch */
export function reachOf(nodes: readonly CountedNode[], of: Carried, reports: FirstReports, now: number): RevocationReach {
  const { tenantSlug, revision } = of;
  const serving = nodes.filter((node) => serves(node, tenantSlug));
  const [reached, without] = [[] as CountedNode[], [] as CountedNode[]];
  for (const node of serving) (revision !== null && has(node, revision) ? reached : without).push(node);
  const took = reached.flatMap((node) => timeOf(node, of, reports).tookMs ?? []);
  return {
    ...{ inEffect: reached.length, nodes: serving.length, unreachable: without.filter((node) => isSilent(node, now)).length },
    firstMs: took.length === 0 ? null : Math.min(...took),
    lastMs: took.length === 0 ? null : Math.max(...took),
  };
}

/** Where it stands at each node that serves the tenant. @param now ms since the epoch */
export function nodesOf(nodes: readonly CountedNode[], of: Carried, reports: FirstReports, now: number): RevocationNode[] {
  const { revision } = of;
  return nodes
    .filter((node) => serves(node, of.tenantSlug))
    .map((node) => {
      const { name, group, lastSeenAt } = node;
      const facts = { name, group, lastSeenAt, at: null, tookMs: null, error: null };
      if (revision !== null && has(node, revision)) return { ...facts, state: "in_effect", ...timeOf(node, of, reports) };
      if (isSilent(node, now)) return { ...facts, state: "unreachable" };
      if (revision === null || node.nackedRevision === null || node.nackedRevision < revision) return { ...facts, state: "waiting" };
      const [first] = parseNackErrors(node.nackErrors);
      return { ...facts, state: "refused", error: first === undefined ? null : `${first.code} at ${first.path}: ${first.message}` };
    });
}
