import { randomUUID } from "node:crypto";
import { z } from "zod";
import { isLookedFor } from "../lockouts/lockout-filter.js";
import { lockoutIdOf } from "../lockouts/lockout-id.js";
import { CHANGES_STEP, ENDED_TOLD_MS, type Lockout, type LockoutStore, MAX_LOCKOUTS, SUCCESS_KEPT_MS } from "../lockouts/lockout-store.js";
import { COUNT_FAILURE, FIND_LOCKOUTS, LIST_LOCKOUTS, READ_CHANGES, UNLOCK } from "./lockout-scripts.js";
import type { RedisClient } from "./redis-client.js";

const counted = z.tuple([z.number(), z.number(), z.number()]);
const changed = z.tuple([z.string(), z.number(), z.number()]).rest(z.tuple([z.string(), z.number(), z.string(), z.string(), z.string(), z.string()]));
const listed = z.tuple([z.number()]).rest(z.tuple([z.string(), z.string()]));
/** As lockout-scripts.ts writes it. */
const entry = z.string().transform((text) => text.split(" "));

/** Without blanks, as entries need it; a username may be any text. */
const encoded = (username: string | null): string => (username === null ? "-" : `=${encodeURIComponent(username)}`);
const decoded = (text: string): string | null => (text === "-" ? null : decodeURIComponent(text.slice(1)));

/** Hashed, as all keys are: nobody reads from it who signs in from where. */
const successKey = (id: string): string => `sallyport:{lockouts}:ok:${id}`;
const timesKey = (id: string): string => `sallyport:{lockouts}:f:${id}`;

function lockoutFrom(id: string, text: string): Lockout {
  const [since = "0", until = "0", , failures = "0", tenant = "", address = "", reason = "", username = "-"] = entry.parse(text);
  return { id, tenant, address, username: decoded(username), reason, failures: Number(failures), sinceMs: Number(since), untilMs: Number(until) };
}

/** Failures and lockouts in Redis, all of them on one node of a cluster: they are few, and read together. */
export function createRedisLockouts(client: RedisClient): LockoutStore {
  return {
    async fail(key, { failures, windowMs, lockoutMs }, { reason, by, times = 1 }) {
      const id = lockoutIdOf(key);
      const rule = [failures, windowMs, lockoutMs, times, MAX_LOCKOUTS];
      const args = [id, key.tenant, key.address, ...rule, reason, encoded(key.username), by, ENDED_TOLD_MS];
      const [count, lockedForMs, opened] = counted.parse(await client.run(COUNT_FAILURE, [timesKey(id)], args));
      return { failures: count, lockedForMs, opened: opened === 1 };
    },
    async changes(after) {
      const args = [after?.epoch ?? "", after?.sequence ?? 0, CHANGES_STEP, randomUUID()];
      const [epoch, sequence, more, ...rows] = changed.parse(await client.run(READ_CHANGES, ["sallyport:{lockouts}:sequence"], args));
      return {
        changes: rows.map(([id, lockedForMs, tenant, address, username, by]) => ({
          ...{ id, lockedForMs, tenant, address, username: decoded(username) },
          openedBy: by === "" ? null : by,
        })),
        cursor: { epoch, sequence },
        more: more === 1,
      };
    },
    async list(tenant, limit) {
      const [total, ...rows] = listed.parse(await client.run(LIST_LOCKOUTS, [`sallyport:{lockouts}:of:${tenant}`], [limit]));
      return { total, lockouts: rows.map(([id, text]) => lockoutFrom(id, text)) };
    },
    async find(filter, limit) {
      const lockouts: Lockout[] = [];
      let total = 0;
      // Looked at here, a step at a time: nobody else's call waits for a look at all of them.
      for (let before = "+inf"; before !== "(0"; ) {
        const [next, ...rows] = listed.parse(await client.run(FIND_LOCKOUTS, ["sallyport:{lockouts}:log"], [before, CHANGES_STEP]));
        const matching = rows.map(([id, text]) => lockoutFrom(id, text)).filter((lockout) => isLookedFor(lockout, filter));
        lockouts.push(...matching.slice(0, limit - lockouts.length));
        total += matching.length;
        before = `(${next}`;
      }
      return { lockouts, total };
    },
    async succeed(key) {
      await client.command((redis) => redis.set(successKey(lockoutIdOf(key)), "1", "PX", SUCCESS_KEPT_MS));
    },
    hasSucceeded: async (key) => (await client.command((redis) => redis.exists(successKey(lockoutIdOf(key))))) === 1,
    async unlock(tenant, id) {
      const text = z
        .string()
        .nullable()
        .parse(await client.run(UNLOCK, [timesKey(id)], [id, tenant, ENDED_TOLD_MS]));
      return text === null ? null : lockoutFrom(id, text);
    },
  };
}
