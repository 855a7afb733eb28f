import { createPostgresStore } from "./postgres/postgres-store.js";
import { createRedisStore } from "./redis/redis-store.js";
import type { StateStore } from "./sessions.js";
import type { StateAddress } from "./state-url.js";

/**
 * Opens the store that an address names. Nothing is waited for: calls fail until it can be reached, and work from then on. An entry of the
 * package by itself: the clients of both stores are many modules, and a node without a store starts without them.
 */
export function openStateStore(address: StateAddress, { onError }: { readonly onError: (error: Error) => void }): StateStore {
  return address.store === "redis" ? createRedisStore(address.redis, { onError }) : createPostgresStore(address.url, { onError });
}
