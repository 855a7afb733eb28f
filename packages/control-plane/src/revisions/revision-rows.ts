import type { FleetTransaction, Prisma } from "@sallyport/data";
import type { SectionName } from "@sallyport/snapshot";
import { z } from "zod";
import type { Change } from "../draft/section-changes.js";
import { parseTargets, revisionNodes } from "./node-states.js";

/** A line of the list of revisions. */
export interface RevisionRow {
  readonly number: number;
  readonly comment: string;
  readonly authorName: string;
  /** The second person, where approvals are asked for. */
  readonly approvedBy: string | null;
  readonly createdAt: Date;
  readonly rootHash: string;
  /** How many sections it changed. */
  readonly sectionsChanged: number;
  /** `live` when every node that was connected at its publishing has it. */
  readonly state: "pending" | "live" | "superseded";
  /** Nodes that have it, of those that should. */
  readonly applied: number;
  readonly targets: number;
  readonly rolledBackFrom: number | null;
  /** The published revision that it repeats with other secrets or keys for the nodes; null for a published one. */
  readonly reissueOf: number | null;
}

export const REVISION_ROW = {
  number: true,
  comment: true,
  authorName: true,
  approvedBy: true,
  createdAt: true,
  rootHash: true,
  rolledBackFrom: true,
  reissueOf: true,
  changes: true,
  parent: true,
  epoch: true,
  groups: { select: { groupName: true, rootHash: true, schemaVersion: true, liveAt: true, targetNodes: true } },
} as const satisfies Prisma.RevisionSelect;
export type StoredRevision = Prisma.RevisionGetPayload<{ select: typeof REVISION_ROW }>;

const changeList = z.array(z.object({ name: z.string(), change: z.enum(["added", "changed", "removed"]) }));

export const parseChanges = (value: unknown): readonly { readonly name: SectionName; readonly change: Change }[] =>
  changeList.safeParse(value).data ?? [];

interface Reached {
  readonly applied: number;
  readonly targets: number;
}

export function toRevisionRow(stored: StoredRevision, isNewest: boolean, { applied, targets }: Reached): RevisionRow {
  const everywhere = stored.groups.every(({ liveAt }) => liveAt !== null);
  return {
    number: stored.number,
    comment: stored.comment,
    authorName: stored.authorName,
    approvedBy: stored.approvedBy,
    createdAt: stored.createdAt,
    rootHash: stored.rootHash,
    sectionsChanged: parseChanges(stored.changes).length,
    state: !isNewest ? "superseded" : everywhere ? "live" : "pending",
    applied,
    targets,
    rolledBackFrom: stored.rolledBackFrom,
    reissueOf: stored.reissueOf,
  };
}

/** Rows for many revisions with a handful of queries. Those before the newest count the nodes that were connected at their time. */
export async function toRevisionRows(tx: FleetTransaction, stored: readonly StoredRevision[], newest: number, now: number): Promise<RevisionRow[]> {
  const older = stored.filter(({ number }) => number !== newest);
  const deliveries = await tx.revisionDelivery.findMany({
    where: { revision: { in: older.map(({ number }) => number) }, state: "applied" },
    select: { revision: true, nodeId: true },
  });
  const appliedAt = new Set(deliveries.map(({ revision, nodeId }) => `${revision}/${nodeId}`));
  const rows: RevisionRow[] = [];
  for (const each of stored) {
    if (each.number === newest) {
      const nodes = await revisionNodes(tx, { number: each.number, isLive: true }, now);
      rows.push(toRevisionRow(each, true, { applied: nodes.filter(({ state }) => state === "applied").length, targets: nodes.length }));
      continue;
    }
    const targets = each.groups.flatMap(({ targetNodes }) => parseTargets(targetNodes));
    const applied = targets.filter((id) => appliedAt.has(`${each.number}/${id}`)).length;
    rows.push(toRevisionRow(each, false, { applied, targets: targets.length }));
  }
  return rows;
}

/** The newest revision; null before the first publish. */
export async function newestRevision(tx: FleetTransaction, now: number): Promise<RevisionRow | null> {
  const stored = await tx.revision.findFirst({ orderBy: { number: "desc" }, select: REVISION_ROW });
  return stored === null ? null : ((await toRevisionRows(tx, [stored], stored.number, now))[0] ?? null);
}
