import { type StateStore, TOMBSTONE_MS } from "../sessions.js";
import { createPostgresLimits } from "./postgres-limits.js";
import { createPostgresLockouts } from "./postgres-lockouts.js";
import { createPostgresSessions } from "./postgres-sessions.js";
import { createStatePool, type Statement } from "./state-pool.js";

/** Between two sweeps for what has run out; every node sweeps, each a little. */
const SWEEP_EVERY_MS = 60_000;
/** Rows that one step of a sweep takes from a table: bounds its time. */
const SWEEP_ROWS = 5_000;

const PUT: Statement = {
  name: "login_put",
  text: `INSERT INTO login_attempt (tenant, digest, data, expires_at)
    VALUES ($1, $2, $3, clock_timestamp() + $4::float8 * interval '1 millisecond')`,
};
const TAKE: Statement = {
  name: "login_take",
  text: `WITH taken AS (DELETE FROM login_attempt WHERE tenant = $1 AND digest = $2 RETURNING data, expires_at)
    SELECT data FROM taken WHERE expires_at > clock_timestamp()`,
};
const INCREMENT: Statement = {
  name: "counter_increment",
  text: `INSERT INTO counter AS c (tenant, key, count, resets_at)
    VALUES ($1, $2, 1, clock_timestamp() + $3::float8 * interval '1 millisecond')
    ON CONFLICT (tenant, key) DO UPDATE SET
      count = CASE WHEN c.resets_at > clock_timestamp() THEN c.count + 1 ELSE 1 END,
      resets_at = CASE WHEN c.resets_at > clock_timestamp() THEN c.resets_at ELSE excluded.resets_at END
    RETURNING count::float8, ceil(extract(epoch FROM resets_at - clock_timestamp()) * 1000)::float8 AS left_ms`,
};
const RESET: Statement = { name: "counter_reset", text: "DELETE FROM counter WHERE tenant = $1 AND key = $2" };
// A proof is a counter that only its first use moves.
const USE_PROOF: Statement = {
  name: "proof_use",
  text: `INSERT INTO counter AS c (tenant, key, count, resets_at)
    VALUES ($1, 'proof:' || $2, 1, clock_timestamp() + $3::float8 * interval '1 millisecond')
    ON CONFLICT (tenant, key) DO UPDATE SET resets_at = excluded.resets_at WHERE c.resets_at <= clock_timestamp()`,
};
const sweep = (table: string, column: string, keptMs: number): Statement => ({
  name: `sweep_${table}`,
  text: `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM ${table} WHERE ${column} < clock_timestamp() - ${keptMs} * interval '1 millisecond' LIMIT ${SWEEP_ROWS}))`,
});
const SWEEPS = [
  sweep("session", "expires_at", TOMBSTONE_MS),
  sweep("login_attempt", "expires_at", 0),
  sweep("counter", "resets_at", 0),
  sweep("limit_node", "seen_at", 60_000),
  sweep("lockout_failure", "ends_at", 0),
  sweep("lockout", "forgotten_at", 0),
  sweep("lockout_success", "ends_at", 0),
];
/** A bucket whose time has come is a full one: a new one says the same. */
const SWEEP_BUCKETS: Statement = {
  name: "sweep_limit_bucket",
  text: `DELETE FROM limit_bucket WHERE key = ANY (ARRAY(
    SELECT key FROM limit_bucket WHERE arrival < extract(epoch FROM clock_timestamp()) * 1000 LIMIT ${SWEEP_ROWS} FOR UPDATE SKIP LOCKED))`,
};
const PING: Statement = { name: "ping", text: "SELECT 1" };

/** State in PostgreSQL, for one machine without Redis. The role of the address owns nothing but the state database, whose tables it makes. */
export function createPostgresStore(url: string, { onError }: { readonly onError: (error: Error) => void }): StateStore {
  const pool = createStatePool(url, onError);
  const sweepAll = async (each: Statement): Promise<void> => {
    // What runs out in a minute can be more than one step takes.
    while ((await pool.run(each, [])).count === SWEEP_ROWS);
  };
  const timer = setInterval(() => {
    for (const each of [...SWEEPS, SWEEP_BUCKETS]) sweepAll(each).catch(onError);
  }, SWEEP_EVERY_MS);
  timer.unref();
  return {
    sessions: createPostgresSessions(pool),
    limits: createPostgresLimits(pool),
    lockouts: createPostgresLockouts(pool),
    logins: {
      async put(tenant, digest, data, ttlMs) {
        await pool.run(PUT, [tenant, digest, data, ttlMs]);
      },
      async take(tenant, digest) {
        const { rows } = await pool.run<{ data: string }>(TAKE, [tenant, digest]);
        return rows[0]?.data ?? null;
      },
    },
    counters: {
      async increment(tenant, key, windowMs) {
        const { rows } = await pool.run<{ count: number; left_ms: number }>(INCREMENT, [tenant, key, windowMs]);
        const row = rows[0];
        return { count: row?.count ?? 1, resetsInMs: row?.left_ms ?? windowMs };
      },
      async reset(tenant, key) {
        await pool.run(RESET, [tenant, key]);
      },
    },
    proofs: {
      use: async (tenant, id, ttlMs) => (await pool.run(USE_PROOF, [tenant, id, ttlMs])).count === 1,
    },
    async ping() {
      await pool.run(PING, []);
    },
    async close() {
      clearInterval(timer);
      await pool.close();
    },
  };
}
