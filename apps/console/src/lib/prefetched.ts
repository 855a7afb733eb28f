import "server-only";
import type { FetchQueryOptions, QueryKey } from "@tanstack/react-query";
import { getQueryClient } from "@/trpc/server";

/** Answers a query before the page is drawn, so that its first bytes carry the content. A failure is left to the client's own fetch. */
export const prefetched = <TData, TError, TOut, TKey extends QueryKey>(options: FetchQueryOptions<TData, TError, TOut, TKey>): Promise<void> =>
  getQueryClient().prefetchQuery(options);
