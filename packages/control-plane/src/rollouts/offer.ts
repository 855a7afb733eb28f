import type { FleetTransaction } from "@sallyport/data";
import { candidatesOf, findUnsettled, isLastStage, isStaged } from "./unsettled-rollout.js";

/** A node as far as what it is offered depends on it. */
export interface OfferedNode {
  readonly id: string;
  readonly groupId: string;
  readonly appliedRevision: number | null;
  readonly nackedRevision: number | null;
}

/** Which revision each node is to run. */
export interface Offer {
  readonly newest: { readonly revision: number; readonly epoch: number };
  /** The newest revision with the old content; null while no rollout keeps nodes on one. */
  readonly held: number | null;
  of(node: OfferedNode): number;
}

/**
 * Without a rollout the newest revision for everybody. With one, nodes of the stages that were reached are offered the new content, and all
 * others the old one: also nodes that join meanwhile, which no stage names, until the last stage is open, because a fleet that grows must not
 * widen what is tried (ADR 0022). A node that refused the new content is offered the old one again, so that revocations reach it.
 * @returns null before the first publish
 */
export async function readOffer(tx: FleetTransaction): Promise<Offer | null> {
  const row = await tx.revision.findFirst({ orderBy: { number: "desc" }, select: { number: true, epoch: true } });
  if (row === null) return null;
  const newest = { revision: row.number, epoch: row.epoch };
  const rollout = await findUnsettled(tx);
  if (rollout === null) return { newest, held: null, of: () => newest.revision };
  const { held, revision, stage } = rollout;
  const candidates = await candidatesOf(tx, rollout);
  const rows = await tx.rolloutNode.findMany({ where: { revision, stage: { lte: stage } }, select: { nodeId: true } });
  const reached = new Set(rows.map(({ nodeId }) => nodeId));
  const isAll = isLastStage(rollout);
  return {
    newest,
    held,
    of({ id, groupId, appliedRevision, nackedRevision }) {
      if (!isStaged(rollout, groupId)) return newest.revision;
      const hasRefused = nackedRevision !== null && candidates.has(nackedRevision) && (appliedRevision ?? 0) <= held;
      return (isAll || reached.has(id)) && !hasRefused ? newest.revision : held;
    },
  };
}

/** Numbers of the revisions that nodes are to run now: the newest, and the one that a rollout keeps beside it. */
export const offeredRevisions = ({ newest, held }: Offer): number[] => (held === null ? [newest.revision] : [held, newest.revision]);
