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

interface CountedNode {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly serves: (slug: string) => boolean;
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
    return { ...node, group: group.name, serves: (slug) => tenants === "all" || tenants.includes(slug) };
  });
}

interface Carried {
  readonly tenantSlug: string;
  readonly revision: number | null;
  readonly createdAt: Date;
}

const has = ({ appliedRevision }: CountedNode, revision: number): boolean => appliedRevision !== null && appliedRevision >= revision;
const isSilent = ({ lastSeenAt }: CountedNode, now: number): boolean => lastSeenAt === null || now - lastSeenAt.getTime() > SILENT_AFTER_MS;

/** @param now ms since the epoch */
export function reachOf(nodes: readonly CountedNode[], { tenantSlug, revision }: Carried, now: number): RevocationReach {
  const serving = nodes.filter(({ serves }) => serves(tenantSlug));
  const without = revision === null ? serving : serving.filter((node) => !has(node, revision));
  return { inEffect: serving.length - without.length, nodes: serving.length, unreachable: without.filter((node) => isSilent(node, now)).length };
}

/**
 * Where it stands at each node that serves the tenant. In effect is what the node itself has said that it runs: the first report of a
 * revision that carries it is the moment, late by the way of that report.
 */
export async function nodesOf(tx: FleetTransaction, of: Carried, now: number): Promise<RevocationNode[]> {
  const { revision } = of;
  const serving = (await countedNodes(tx)).filter(({ serves }) => serves(of.tenantSlug));
  const reports = await tx.$queryRaw<{ id: string; at: Date }[]>`
    select n.id, d.at from node n cross join lateral (
      select at from revision_delivery where node_id = n.id and revision >= ${revision} and state = 'applied' order by revision limit 1
    ) d where n.status = 'active'`;
  const reportedAt = new Map(reports.map(({ id, at }) => [id, at]));
  return serving.map((node) => {
    const { name, group, lastSeenAt } = node;
    const facts = { name, group, lastSeenAt, at: null, tookMs: null, error: null };
    if (revision !== null && has(node, revision)) {
      const at = reportedAt.get(node.id) ?? null;
      const tookMs = at === null || node.enrolledAt > of.createdAt ? null : Math.max(0, at.getTime() - of.createdAt.getTime());
      return { ...facts, state: "in_effect", at, tookMs };
    }
    if (isSilent(node, now)) return { ...facts, state: "unreachable" };
    if (revision === null || node.nackedRevision === null || node.nackedRevision < revision) return { ...facts, state: "waiting" };
    const [first] = parseNackErrors(node.nackErrors);
    return { ...facts, state: "refused", error: first === undefined ? null : `${first.code} at ${first.path}: ${first.message}` };
  });
}
