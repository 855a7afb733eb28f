import { defaultShouldDehydrateQuery, QueryClient } from "@tanstack/react-query";
import superjson from "superjson";

/** A query client of the browser tab, or of one server request. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // What the server has just prefetched is not asked for again while the page hydrates.
        staleTime: 5_000,
        retry: 1,
      },
      dehydrate: {
        serializeData: superjson.serialize,
        // Pending ones too: the page streams while the query still runs.
        shouldDehydrateQuery: (query) => defaultShouldDehydrateQuery(query) || query.state.status === "pending",
        // The framework needs to see its own control-flow errors; everything else is told by the client's own fetch.
        shouldRedactErrors: () => false,
      },
      hydrate: { deserializeData: superjson.deserialize },
    },
  });
}
