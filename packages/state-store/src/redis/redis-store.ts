import { z } from "zod";
import type { StateStore } from "../sessions.js";
import type { RedisAddress } from "../state-url.js";
import { createRedisClient, DEFAULT_TIMES, type RedisTimes } from "./redis-client.js";
import { prefixOf } from "./redis-keys.js";
import { createRedisLimits } from "./redis-limits.js";
import { createRedisLockouts } from "./redis-lockouts.js";
import { createRedisSessions } from "./redis-sessions.js";
import { INCREMENT } from "./scripts.js";

const counted = z.tuple([z.number(), z.number()]);

/** State in Redis 7 or later: one server, one behind Sentinels, or a cluster. Reads go to the primary, or revocation would wait for a replica. */
export function createRedisStore(
  address: RedisAddress,
  { times = DEFAULT_TIMES, onError }: { readonly times?: RedisTimes; readonly onError: (error: Error) => void },
): StateStore {
  const client = createRedisClient(address, times, onError);
  return {
    sessions: createRedisSessions(client),
    limits: createRedisLimits(client),
    lockouts: createRedisLockouts(client),
    logins: {
      async put(tenant, digest, data, ttlMs) {
        await client.command((redis) => redis.set(`${prefixOf(tenant)}l:${digest}`, data, "PX", ttlMs));
      },
      take: (tenant, digest) => client.command((redis) => redis.getdel(`${prefixOf(tenant)}l:${digest}`)),
    },
    counters: {
      async increment(tenant, key, windowMs) {
        const [count, resetsInMs] = counted.parse(await client.run(INCREMENT, [`${prefixOf(tenant)}c:${key}`], [windowMs]));
        return { count, resetsInMs };
      },
      async reset(tenant, key) {
        await client.command((redis) => redis.del(`${prefixOf(tenant)}c:${key}`));
      },
    },
    proofs: {
      use: async (tenant, id, ttlMs) => (await client.command((redis) => redis.set(`${prefixOf(tenant)}p:${id}`, "1", "PX", ttlMs, "NX"))) === "OK",
    },
    async ping() {
      // An answer about a key, and not PING: a cluster without its slots answers that as well.
      await client.command((redis) => redis.exists("sallyport:{ping}"));
    },
    close: () => client.close(),
  };
}
