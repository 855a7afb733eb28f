import type { z } from "zod";
import type { Rest } from "./client.js";
import { pageOf } from "./views.js";

const PAGE = 200;

interface PagedCall<T extends z.ZodType> {
  readonly path: `/${string}`;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly item: T;
  /** How many at most. */
  readonly limit: number;
}

/** The first `limit` items of a list that is paged by keyset, and whether there are more. */
export async function readPages<T extends z.ZodType>(
  rest: Rest,
  { path, query = {}, item, limit }: PagedCall<T>,
): Promise<{ readonly items: z.output<T>[]; readonly more: boolean }> {
  const items: z.output<T>[] = [];
  let cursor: string | undefined;
  do {
    const wanted = Math.min(PAGE, limit - items.length);
    const page = await rest.call({ method: "GET", path, query: { ...query, limit: wanted, cursor }, answer: pageOf(item) });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
    // A page without items that names a next one would go round for ever.
    if (page.items.length === 0) break;
  } while (cursor !== undefined && items.length < limit);
  return { items, more: cursor !== undefined };
}
