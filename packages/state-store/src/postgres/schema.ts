import type { Client } from "pg";
import { LOCKOUT_CALLERS, LOCKOUT_TABLES } from "./lockout-schema.js";

/** Of the advisory lock under which the tables are made; any number of our own. */
const LOCK = 7_253_191_104;

/**
 * The tables, one list of statements for each version. UNLOGGED: twice as fast, and after a crash of the server everybody signs in again,
 * which is what state is allowed to cost. After a clean stop it is all there.
 */
const VERSIONS: readonly (readonly string[])[] = [
  [
    `CREATE UNLOGGED TABLE session (
      tenant text NOT NULL,
      digest text NOT NULL,
      identity_provider text NOT NULL,
      issuer text NOT NULL,
      subject text NOT NULL,
      idp_session text,
      data text NOT NULL,
      created_at timestamptz NOT NULL,
      extended_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL,
      ends_at timestamptz NOT NULL,
      PRIMARY KEY (tenant, digest)
    )`,
    "CREATE INDEX session_subject ON session (tenant, identity_provider, subject)",
    "CREATE INDEX session_idp_session ON session (tenant, identity_provider, idp_session) WHERE idp_session IS NOT NULL",
    "CREATE INDEX session_expiry ON session (expires_at)",
    `CREATE UNLOGGED TABLE login_attempt (
      tenant text NOT NULL,
      digest text NOT NULL,
      data text NOT NULL,
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (tenant, digest)
    )`,
    "CREATE INDEX login_attempt_expiry ON login_attempt (expires_at)",
    `CREATE UNLOGGED TABLE counter (
      tenant text NOT NULL,
      key text NOT NULL,
      count bigint NOT NULL,
      resets_at timestamptz NOT NULL,
      PRIMARY KEY (tenant, key)
    )`,
    "CREATE INDEX counter_reset ON counter (resets_at)",
  ],
  [
    // Milliseconds since the epoch, on the database's clock.
    "CREATE UNLOGGED TABLE limit_bucket (key text PRIMARY KEY, arrival double precision NOT NULL)",
    "CREATE INDEX limit_bucket_arrival ON limit_bucket (arrival)",
    "CREATE UNLOGGED TABLE limit_node (node text PRIMARY KEY, seen_at timestamptz NOT NULL)",
    // leaseFrom of limits/lease.ts, bucket after bucket in one call. Callers sort the keys: two of them never wait for each other.
    `CREATE FUNCTION lease_limits(keys text[], intervals float8[], bursts float8[], used float8[], used_since float8[], returned float8[], wanted float8[], horizon float8, nodes float8)
    RETURNS TABLE (granted float8, opens_ms float8, wait_ms float8, remaining float8) LANGUAGE plpgsql AS $$
    DECLARE
      at float8; known float8; settled float8; latest float8; tolerance float8; open float8;
    BEGIN
      FOR i IN 1 .. coalesce(array_length(keys, 1), 0) LOOP
        INSERT INTO limit_bucket VALUES (keys[i], 0) ON CONFLICT DO NOTHING;
        SELECT arrival INTO known FROM limit_bucket WHERE key = keys[i] FOR UPDATE;
        at := extract(epoch FROM clock_timestamp()) * 1000;
        tolerance := bursts[i] * intervals[i];
        latest := at + 2 * tolerance + horizon;
        known := greatest(known, at - CASE WHEN used[i] > 0 THEN used_since[i] ELSE 0 END);
        settled := least(greatest(known + (used[i] - returned[i]) * intervals[i], at), latest);
        open := floor((at + tolerance - settled) / intervals[i] + 1e-6);
        IF open > 0 THEN open := greatest(1, floor(open / nodes));
        ELSE open := floor((at + tolerance + horizon - settled) / intervals[i] + 1e-6);
        END IF;
        granted := greatest(0, least(wanted[i], open));
        opens_ms := settled + intervals[i] - tolerance - at;
        known := settled + granted * intervals[i];
        wait_ms := greatest(0, known + intervals[i] - at - tolerance);
        remaining := (at + tolerance - known) / intervals[i];
        UPDATE limit_bucket SET arrival = known WHERE key = keys[i];
        RETURN NEXT;
      END LOOP;
    END $$`,
  ],
  LOCKOUT_TABLES,
  LOCKOUT_CALLERS,
];

/**
 * Brings the state database's tables to this build's version, once, however many nodes start together. They live in a database of their
 * own (or at least a schema of their own), never in that of the configuration: whoever can write sessions must not be able to write routes.
 * @throws Error when the database was made by a newer build
 */
export async function migrateStateDatabase(client: Pick<Client, "query">): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
    await client.query("CREATE TABLE IF NOT EXISTS state_version (version integer NOT NULL)");
    const { rows } = await client.query<{ version: number }>("SELECT version FROM state_version");
    const version = rows[0]?.version ?? 0;
    if (version > VERSIONS.length) throw new Error(`the state database has version ${version}, this build knows ${VERSIONS.length}`);
    for (const statements of VERSIONS.slice(version)) for (const statement of statements) await client.query(statement);
    if (rows.length === 0) await client.query("INSERT INTO state_version VALUES ($1)", [VERSIONS.length]);
    else await client.query("UPDATE state_version SET version = $1", [VERSIONS.length]);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}
