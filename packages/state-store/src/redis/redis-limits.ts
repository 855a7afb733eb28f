import { createHash } from "node:crypto";
import { z } from "zod";
import type { LimitStore } from "../limits/lease.js";
import type { RedisClient } from "./redis-client.js";
import { LEASE, PRESENT } from "./scripts.js";

const leased = z.tuple([z.number(), z.coerce.number(), z.coerce.number(), z.coerce.number()]);

/** Hashed: a bucket's name has a subject in it, of any form and length. Spread over a cluster, because a bucket is touched alone. */
const keyOf = (bucket: string): string => `sallyport:limit:${createHash("sha256").update(bucket).digest("base64url")}`;

/** Buckets in Redis. All that a node asks for at once is on its way before the first answer comes. */
export function createRedisLimits(client: RedisClient): LimitStore {
  return {
    lease: (requests, { horizonMs, nodes }) =>
      Promise.all(
        requests.map(async ({ key, limit, windowSeconds, burst, used, usedSinceMs, returned, want }) => {
          const interval = (windowSeconds * 1_000) / limit;
          const answer = await client.run(LEASE, [keyOf(key)], [interval, burst, used, usedSinceMs, returned, want, horizonMs, nodes]);
          const [granted, opensMs, waitMs, remaining] = leased.parse(answer);
          return { granted, opensMs, waitMs, remaining };
        }),
      ),
    present: async (node, silentMs) => z.number().parse(await client.run(PRESENT, ["sallyport:limit-nodes"], [node, silentMs])),
  };
}
