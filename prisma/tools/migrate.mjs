// `prisma migrate deploy` without Prisma, for start-up and images: applies migrations/*/migration.sql and records them in
// _prisma_migrations as Prisma does (table, SHA-256 checksum, advisory lock), so that either can take over from the other.
import { createHash, randomUUID } from "node:crypto";
import { realpathSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { withConnection } from "./connection.mjs";

export { runSql } from "./connection.mjs";
export { ensureDatabase } from "./ensure-database.mjs";
export { ensureRoles } from "./roles.mjs";
export { ensureStateDatabase } from "./state-database.mjs";

/** The key that Prisma's schema engine takes as well. */
const ADVISORY_LOCK = 72707369;
const LOCK_TIMEOUT = "60s";
const TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

/** The migrations of this package. */
export const MIGRATIONS_DIR = fileURLToPath(new URL("../migrations", import.meta.url));

/** Brings a database up to date. Documented in migrate.d.mts. */
export async function migrate({ url, dir = MIGRATIONS_DIR, log = () => {} }) {
  const migrations = await readMigrations(dir);
  return withConnection(
    url,
    async (client) => {
      await client.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
      // Given back when the connection ends.
      await client.query("SELECT pg_advisory_lock($1)", [ADVISORY_LOCK]);
      await client.query(TABLE);
      const pending = await pendingMigrations(client, migrations, log);
      for (const migration of pending) await apply(client, migration);
      return pending.map(({ name }) => name);
    },
    { name: "sallyport-migrate" },
  );
}

async function readMigrations(dir) {
  const entries = await readdir(dir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(dir, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

async function pendingMigrations(client, migrations, log) {
  const { rows } = await client.query(
    "SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at",
  );
  const unfinished = rows.filter((row) => row.finished_at === null).map((row) => row.migration_name);
  if (unfinished.length > 0)
    throw new Error(`Migrations were begun and not finished; resolve them first (prisma migrate resolve): ${unfinished.join(", ")}`);
  const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
  const ahead = [...applied.keys()].filter((name) => !migrations.some((migration) => migration.name === name));
  if (ahead.length > 0) log(`The database is ahead of this release: ${ahead.join(", ")}`);
  for (const { name, checksum } of migrations) {
    if (applied.has(name) && applied.get(name) !== checksum) log(`${name} was edited after it was applied`);
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

/** One transaction holds the migration and the record of it: a process that is killed in the middle leaves neither. */
async function apply(client, { name, sql, checksum }) {
  const id = randomUUID();
  const startedAt = new Date();
  try {
    await client.query("BEGIN");
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, $4, clock_timestamp(), 1)`,
      [id, checksum, name, startedAt],
    );
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    await client
      .query(
        "INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, rolled_back_at, logs) VALUES ($1, $2, $3, $4, clock_timestamp(), $5)",
        [id, checksum, name, startedAt, String(error.message)],
      )
      .catch(() => {});
    throw new Error(`Migration ${name} failed and was rolled back: ${error.message}`, { cause: error });
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const url = process.env.DATABASE_URL;
  if (!url) {
    console.error("Set DATABASE_URL to the database's owner, for example postgresql://postgres:…@127.0.0.1:5432/sallyport");
    process.exit(2);
  }
  try {
    const applied = await migrate({ url, log: console.error });
    console.log(applied.length > 0 ? `applied: ${applied.join(", ")}` : "nothing to apply");
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
