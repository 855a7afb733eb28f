import type { DataClients, FleetTransaction, Prisma } from "@sallyport/data";
import { withFleet } from "@sallyport/data";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import { readableTenants } from "../access/require.js";
import { decodeCursor, encodeCursor, literally, type Page, pageOf } from "../page.js";
import { parse } from "../validation.js";
import { type Changes, TENANT_ROW, type TenantRow, toTenantRow } from "./tenant-rows.js";
import { listTenantsInput, quickSearchInput } from "./tenants.schemas.js";

function matching(query: string): Prisma.TenantWhereInput {
  const contains = literally(query.toLowerCase());
  return {
    OR: [
      { slug: { contains } },
      { displayName: { contains, mode: "insensitive" } },
      { identityProviders: { some: { issuer: { contains, mode: "insensitive" } } } },
      { domains: { some: { host: { contains } } } },
    ],
  };
}

/** Tenants at which every token is refused. NOT EXISTS, because the NOT IN of a relation filter turns quadratic on large tables. */
async function withoutProvider(tx: FleetTransaction): Promise<string[]> {
  const rows = await tx.$queryRaw<{ slug: string }[]>`
    SELECT t.slug FROM tenant t
    WHERE NOT EXISTS (SELECT FROM identity_provider p WHERE p.tenant_id = t.id AND p.status = 'enabled')`;
  return rows.map(({ slug }) => slug);
}

/** Rows that the actor may know of. */
function visibleTo(actor: Actor): Prisma.TenantWhereInput {
  const ids = readableTenants(actor);
  return ids === "all" ? {} : { id: { in: ids } };
}

type Sort = z.output<typeof listTenantsInput>["sort"];
interface SortKey {
  readonly slug: string;
  readonly id: string;
  readonly displayName: string;
  readonly createdAt: Date;
}

const ORDERS = {
  slug: {
    orderBy: [{ slug: "asc" }],
    cursor: (row: SortKey) => encodeCursor([row.slug]),
    after(cursor: string): Prisma.TenantWhereInput {
      const [slug] = decodeCursor(cursor, z.tuple([z.string()]));
      return { slug: { gt: slug } };
    },
  },
  name: {
    orderBy: [{ displayName: "asc" }, { id: "asc" }],
    cursor: (row: SortKey) => encodeCursor([row.displayName, row.id]),
    after(cursor: string): Prisma.TenantWhereInput {
      const [displayName, id] = decodeCursor(cursor, z.tuple([z.string(), z.uuid()]));
      return { OR: [{ displayName: { gt: displayName } }, { displayName, id: { gt: id } }] };
    },
  },
  newest: {
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    cursor: (row: SortKey) => encodeCursor([row.createdAt.getTime(), row.id]),
    after(cursor: string): Prisma.TenantWhereInput {
      const [ms, id] = decodeCursor(cursor, z.tuple([z.int(), z.uuid()]));
      const createdAt = new Date(ms);
      return { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] };
    },
  },
} as const satisfies Record<
  Sort,
  { orderBy: Prisma.TenantOrderByWithRelationInput[]; cursor: (row: SortKey) => string; after: (cursor: string) => Prisma.TenantWhereInput }
>;

/** Reads over all tenants that the actor may see. */
export interface TenantQueries {
  list(actor: Actor, input: z.input<typeof listTenantsInput>): Promise<Page<TenantRow>>;
  /** At most eight, those whose slug or name begins with the query first; of an empty query the first by slug. */
  quickSearch(actor: Actor, query: string): Promise<{ slug: string; displayName: string; status: "active" | "suspended" }[]>;
}

const QUICK_ROWS = 8;

export function createTenantQueries({ data, changes }: { readonly data: DataClients; readonly changes: Changes }): TenantQueries {
  return {
    async list(actor, raw) {
      const input = parse(listTenantsInput, raw);
      const order = ORDERS[input.sort];
      return await withFleet(data.fleet, async (tx) => {
        const filters: Prisma.TenantWhereInput[] = [visibleTo(actor)];
        if (input.query) filters.push(matching(input.query));
        if (input.status) filters.push({ status: input.status });
        if (input.state === "without_idp") filters.push({ slug: { in: await withoutProvider(tx) } });
        if (input.state === "published" || input.state === "unpublished") {
          const slugs = await changes.unpublished(tx);
          filters.push({ slug: input.state === "published" ? { notIn: slugs } : { in: slugs } });
        }
        const total = await tx.tenant.count({ where: { AND: filters } });
        if (input.cursor) filters.push(order.after(input.cursor));
        const rows = await tx.tenant.findMany({ where: { AND: filters }, orderBy: [...order.orderBy], take: input.limit + 1, select: TENANT_ROW });
        const shown = await changes.of(
          tx,
          rows.map(({ slug }) => slug),
        );
        return { ...pageOf(rows, input.limit, order.cursor, (row) => toTenantRow(row, shown)), total };
      });
    },

    async quickSearch(actor, raw) {
      const query = parse(quickSearchInput, raw).toLowerCase();
      const select = { slug: true, displayName: true, status: true } as const;
      return await withFleet(data.fleet, async (tx) => {
        const first = await tx.tenant.findMany({
          where: {
            AND: [
              visibleTo(actor),
              { OR: [{ slug: { startsWith: literally(query) } }, { displayName: { startsWith: literally(query), mode: "insensitive" } }] },
            ],
          },
          orderBy: { slug: "asc" },
          take: QUICK_ROWS,
          select,
        });
        if (query === "") return first;
        const rest = await tx.tenant.findMany({
          where: { AND: [visibleTo(actor), matching(query), { slug: { notIn: first.map(({ slug }) => slug) } }] },
          orderBy: { slug: "asc" },
          take: QUICK_ROWS - first.length,
          select,
        });
        return [...first, ...rest];
      });
    },
  };
}
