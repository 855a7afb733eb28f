import { type FleetTransaction, type Prisma, withFleet } from "@sallyport/data";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import { readableTenants } from "../access/require.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound } from "../errors.js";
import { decodeCursor, encodeCursor, type Page, pageOf } from "../page.js";
import { type CountedNode, countedNodes, type FirstReports, firstReports, nodesOf, type RevocationNode, reachOf } from "./revocation-nodes.js";
import {
  inForce,
  isStanding,
  REVOCATION_ROW,
  type RevocationRow,
  STANDING_KINDS,
  type StoredRevocation,
  toRevocationRow,
} from "./revocation-rows.js";
import type { listRevocationsInput } from "./revocations.schemas.js";

export interface RevocationDetail extends RevocationRow {
  /** Each node that serves the tenant; none for what no revision carries. */
  readonly nodes: readonly RevocationNode[];
}

type Where = Prisma.RevocationWhereInput;

interface Query {
  /** Which rows the caller may see. */
  readonly seen: Where;
  readonly input: z.output<typeof listRevocationsInput>;
}

/** Of every tenant that the actor may read; nodes are seen by who may read them. */
export function seenBy(actor: Actor): Where {
  const tenants = readableTenants(actor);
  const ofTenants: Where = tenants === "all" ? { kind: { not: "node" } } : { tenantId: { in: tenants } };
  return actor.grants.fleet.has("node.read") ? { OR: [ofTenants, { kind: "node" }] } : ofTenants;
}

/** What some node that serves the tenant has not said to run yet. One condition for each choice of tenants that node groups make. */
function spreading(nodes: readonly CountedNode[], now: Date): Where {
  const lowest = new Map<string, { readonly tenants: CountedNode["tenants"]; readonly applied: number }>();
  for (const { tenants, appliedRevision } of nodes) {
    const key = JSON.stringify(tenants);
    const applied = Math.min(appliedRevision ?? 0, lowest.get(key)?.applied ?? Number.POSITIVE_INFINITY);
    lowest.set(key, { tenants, applied });
  }
  const behind = [...lowest.values()].map(
    ({ tenants, applied }): Where => ({ revision: { gt: applied }, ...(tenants === "all" ? {} : { tenantSlug: { in: [...tenants] } }) }),
  );
  return { AND: [{ OR: behind }, { OR: [inForce(now), { kind: { in: ["api_key", "idp_keys"] } }] }] };
}

/** The lists of what was taken back at once, and one of them at each node. */
export function createRevocationReader({ data, clock }: Pick<ControlPlaneDeps, "data" | "clock">) {
  const standing: Where = { kind: { in: [...STANDING_KINDS] } };
  const shown = (show: Query["input"]["show"], nodes: readonly CountedNode[], now: Date): Where => {
    switch (show) {
      case "all":
        return {};
      case "in_force":
        return inForce(now);
      case "past":
        return { AND: [standing, { NOT: inForce(now) }] };
      case "spreading":
        return spreading(nodes, now);
      default:
        return show satisfies never;
    }
  };

  const toRow = (stored: StoredRevocation, nodes: readonly CountedNode[], reports: FirstReports, now: number): RevocationRow => {
    const carried = carriedOf(stored);
    return toRevocationRow(stored, carried === null ? null : reachOf(nodes, carried, reports, now), now);
  };

  async function detail(tx: FleetTransaction, where: Where): Promise<RevocationDetail> {
    const stored = await tx.revocation.findFirst({ where, select: REVOCATION_ROW });
    if (stored === null) throw notFound("revocation");
    const [now, nodes, reports] = [clock.now(), await countedNodes(tx), await firstReports(tx, [stored])];
    const carried = carriedOf(stored);
    return { ...toRow(stored, nodes, reports, now), nodes: carried === null ? [] : nodesOf(nodes, carried, reports, now) };
  }

  return {
    /** @throws ServiceError `not_found` */
    detail,

    /** Newest first. */
    async page({ seen, input }: Query): Promise<Page<RevocationRow>> {
      const { show, kind, cursor, limit } = input;
      const below = cursor === undefined ? null : decodeCursor(cursor, z.tuple([z.uuid()]))[0];
      return withFleet(data.fleet, async (tx) => {
        const now = new Date(clock.now());
        const nodes = await countedNodes(tx);
        const where: Where = { AND: [seen, shown(show, nodes, now), kind === undefined ? {} : { kind }] };
        const rows = await tx.revocation.findMany({
          where: below === null ? where : { AND: [where, { id: { lt: below } }] },
          orderBy: { id: "desc" },
          take: limit + 1,
          select: REVOCATION_ROW,
        });
        const reports = await firstReports(tx, rows);
        const cursorOf = ({ id }: StoredRevocation) => encodeCursor([id]);
        const found = pageOf(rows, limit, cursorOf, (row) => toRow(row, nodes, reports, now.getTime()));
        return { ...found, total: await tx.revocation.count({ where }) };
      });
    },
  };
}

/** What a revision brings to the nodes of a tenant; null for what none tells of, and for what no node had been told of before. */
function carriedOf({ kind, tenantSlug, revision, createdAt }: StoredRevocation) {
  return tenantSlug === null || (revision === null && !isStanding(kind)) ? null : { tenantSlug, revision, createdAt };
}
