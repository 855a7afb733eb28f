import { lockoutIdOf } from "../lockouts/lockout-id.js";
import {
  CHANGES_STEP,
  ENDED_TOLD_MS,
  type Lockout,
  type LockoutCursor,
  type LockoutStore,
  MAX_LOCKOUTS,
  SUCCESS_KEPT_MS,
} from "../lockouts/lockout-store.js";
import type { Statement, StatePool } from "./state-pool.js";

const FAIL: Statement = {
  name: "lockout_fail",
  text: "SELECT failures, left_ms, opened FROM count_failure($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
};
// The first who asks begins an epoch; of many at once, one.
const EPOCH: Statement = {
  name: "lockout_epoch",
  text: `WITH made AS (
      INSERT INTO lockout_epoch SELECT true, gen_random_uuid()::text WHERE NOT EXISTS (SELECT FROM lockout_epoch) ON CONFLICT DO NOTHING RETURNING epoch
    )
    SELECT epoch FROM made UNION ALL SELECT epoch FROM lockout_epoch LIMIT 1`,
};
const CHANGES: Statement = {
  name: "lockout_changes",
  text: `SELECT id, tenant, address, username, sequence::float8, CASE WHEN open THEN opened_by END AS opened_by,
      CASE WHEN open THEN greatest(0, until - extract(epoch FROM clock_timestamp()) * 1000) ELSE 0 END::float8 AS left_ms
    FROM lockout WHERE sequence > $1 ORDER BY sequence LIMIT $2`,
};
const LIST: Statement = {
  name: "lockout_list",
  text: `SELECT id, tenant, address, username, failures, reason, since, until, count(*) OVER ()::float8 AS total FROM lockout
    WHERE tenant = $1 AND open AND until > extract(epoch FROM clock_timestamp()) * 1000 ORDER BY since DESC, id LIMIT $2`,
};
// lockoutKindOf and isLookedFor of lockouts/lockout-filter.ts.
const FIND: Statement = {
  name: "lockout_find",
  text: `SELECT id, tenant, address, username, failures, reason, since, until, count(*) OVER ()::float8 AS total FROM lockout
    WHERE open AND until > extract(epoch FROM clock_timestamp()) * 1000
      AND ($1::text IS NULL OR tenant = $1)
      AND ($2::text IS NULL OR $2 = CASE WHEN username IS NULL THEN 'address' WHEN address = '*' THEN 'username' ELSE 'address_username' END)
      AND ($3::text IS NULL OR position($3 IN lower(address)) > 0 OR position($3 IN lower(username)) > 0)
    ORDER BY since DESC, id LIMIT $4`,
};
const SUCCEED: Statement = {
  name: "lockout_succeed",
  text: `INSERT INTO lockout_success VALUES ($1, clock_timestamp() + $2::float8 * interval '1 millisecond')
    ON CONFLICT (id) DO UPDATE SET ends_at = excluded.ends_at`,
};
const HAS_SUCCEEDED: Statement = {
  name: "lockout_has_succeeded",
  text: "SELECT 1 FROM lockout_success WHERE id = $1 AND ends_at > clock_timestamp()",
};
const UNLOCK: Statement = {
  name: "lockout_unlock",
  text: "SELECT id, tenant, address, username, failures, reason, since, until FROM end_lockout($1, $2, $3)",
};

interface LockoutRow {
  id: string;
  tenant: string;
  address: string;
  username: string | null;
  failures: number;
  reason: string;
  since: number;
  until: number;
}

const lockoutFrom = ({ since, until, id, tenant, address, username, failures, reason }: LockoutRow): Lockout => ({
  ...{ id, tenant, address, username, failures, reason },
  ...{ sinceMs: since, untilMs: until },
});

/** Failures and lockouts in PostgreSQL. */
export function createPostgresLockouts(pool: StatePool): LockoutStore {
  const epochNow = async (): Promise<string> => {
    // Of two who begin at once, one finds neither his own nor, in his view, the other's.
    for (;;) {
      const { rows } = await pool.run<{ epoch: string }>(EPOCH, []);
      if (rows[0] !== undefined) return rows[0].epoch;
    }
  };
  return {
    async fail(key, { failures, windowMs, lockoutMs }, { reason, by, times = 1 }) {
      const args = [lockoutIdOf(key), key.tenant, key.address, failures, windowMs, lockoutMs, times, MAX_LOCKOUTS, reason, key.username, by];
      const { rows } = await pool.run<{ failures: number; left_ms: number; opened: boolean }>(FAIL, args);
      return { failures: rows[0]?.failures ?? 0, lockedForMs: rows[0]?.left_ms ?? 0, opened: rows[0]?.opened ?? false };
    },
    async changes(after) {
      const epoch = await epochNow();
      const from = after?.epoch === epoch ? after.sequence : 0;
      const { rows } = await pool.run<LockoutRow & { sequence: number; left_ms: number; opened_by: string | null }>(CHANGES, [from, CHANGES_STEP]);
      const cursor: LockoutCursor = { epoch, sequence: rows.at(-1)?.sequence ?? from };
      const changes = rows.map(({ id, tenant, address, username, left_ms, opened_by }) => ({
        ...{ id, tenant, address, username, lockedForMs: left_ms },
        openedBy: opened_by,
      }));
      return { changes, cursor, more: rows.length === CHANGES_STEP };
    },
    async list(tenant, limit) {
      const { rows } = await pool.run<LockoutRow & { total: number }>(LIST, [tenant, limit]);
      return { lockouts: rows.map(lockoutFrom), total: rows[0]?.total ?? 0 };
    },
    async find({ tenant, kind, text }, limit) {
      const { rows } = await pool.run<LockoutRow & { total: number }>(FIND, [tenant, kind, text, limit]);
      return { lockouts: rows.map(lockoutFrom), total: rows[0]?.total ?? 0 };
    },
    async succeed(key) {
      await pool.run(SUCCEED, [lockoutIdOf(key), SUCCESS_KEPT_MS]);
    },
    hasSucceeded: async (key) => (await pool.run(HAS_SUCCEEDED, [lockoutIdOf(key)])).count === 1,
    async unlock(tenant, id) {
      const { rows } = await pool.run<LockoutRow>(UNLOCK, [id, tenant, ENDED_TOLD_MS]);
      return rows[0] === undefined ? null : lockoutFrom(rows[0]);
    },
  };
}
