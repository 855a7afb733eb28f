import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase } from "../src/testing.ts";
import { runSql } from "./connection.mjs";
import { ensureDatabase, migrate } from "./migrate.mjs";
import { runPrisma } from "./prisma-cli.mjs";

let server;
let url;
let dir;

beforeAll(async () => {
  server = await createTestDatabase();
});
afterAll(() => server.drop());

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "sallyport-migrations-"));
  const target = new URL(server.ownerUrl);
  target.pathname = `/sallyport_migrate_${path.basename(dir).slice(-6).toLowerCase()}`;
  url = target.href;
  await ensureDatabase(url);
});
afterEach(async () => {
  await runSql(server.ownerUrl, `DROP DATABASE "${new URL(url).pathname.slice(1)}" WITH (FORCE)`);
  await rm(dir, { recursive: true, force: true });
});

async function write(name, text) {
  await mkdir(path.join(dir, name), { recursive: true });
  await writeFile(path.join(dir, name, "migration.sql"), text);
}

const tables = async () =>
  (await runSql(url, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname")).map(
    (row) => row.relname,
  );

describe("migrate", () => {
  it("applies the product's migrations once, and nothing the second time", async () => {
    expect((await migrate({ url })).length).toBeGreaterThanOrEqual(2);
    expect(await migrate({ url })).toEqual([]);
  });

  it("applies each migration once when six runners start at once", async () => {
    const results = await Promise.all(Array.from({ length: 6 }, () => migrate({ url })));
    expect(results.filter((applied) => applied.length > 0)).toHaveLength(1);
    const rows = await runSql(url, "SELECT migration_name, count(*)::int AS times FROM _prisma_migrations GROUP BY 1");
    expect(rows.length).toBeGreaterThanOrEqual(2);
    expect(rows.every((row) => row.times === 1)).toBe(true);
  });

  it("reports a failed migration by name, leaves nothing of it, and tries it again once it is mended", async () => {
    await write("1_good", "CREATE TABLE good ();");
    await write("2_bad", "CREATE TABLE half (); INSERT INTO missing VALUES (1);");
    await expect(migrate({ url, dir })).rejects.toThrow(/2_bad failed and was rolled back: relation "missing" does not exist/);
    expect(await tables()).toEqual(["_prisma_migrations", "good"]);
    await expect(migrate({ url, dir })).rejects.toThrow(/2_bad/);
    await write("2_bad", "CREATE TABLE half ();");
    expect(await migrate({ url, dir })).toEqual(["2_bad"]);
    expect(await tables()).toEqual(["_prisma_migrations", "good", "half"]);
  });

  it("leaves no trace of a migration whose process dies in the middle", async () => {
    await write("1_slow", "CREATE TABLE half (); SELECT pg_sleep(30);");
    const running = migrate({ url, dir }).catch((error) => error);
    const sleeping = "FROM pg_stat_activity WHERE application_name = 'sallyport-migrate' AND wait_event = 'PgSleep' AND datname = current_database()";
    while ((await runSql(url, `SELECT pid ${sleeping}`)).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await runSql(url, `SELECT pg_terminate_backend(pid) ${sleeping}`);
    expect(await running).toBeInstanceOf(Error);
    expect(await tables()).toEqual(["_prisma_migrations"]);
    await write("1_slow", "CREATE TABLE half ();");
    expect(await migrate({ url, dir })).toEqual(["1_slow"]);
  });

  it("says when a migration was edited after it was applied, and when the database is ahead", async () => {
    await write("1_first", "CREATE TABLE first ();");
    await write("2_second", "CREATE TABLE second ();");
    await migrate({ url, dir });
    await write("1_first", "CREATE TABLE first (); -- edited");
    await rm(path.join(dir, "2_second"), { recursive: true });
    const lines = [];
    expect(await migrate({ url, dir, log: (line) => lines.push(line) })).toEqual([]);
    expect(lines).toEqual(["The database is ahead of this release: 2_second", "1_first was edited after it was applied"]);
  });

  it("stops at a migration that another tool began and did not finish", async () => {
    await write("1_first", "CREATE TABLE first ();");
    await migrate({ url, dir });
    await runSql(url, "INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'x', '2_second')");
    await expect(migrate({ url, dir })).rejects.toThrow(/begun and not finished.*2_second/);
  });

  it("records what Prisma's own tool takes for its own", async () => {
    await migrate({ url });
    expect(await runPrisma(["migrate", "status"], { DATABASE_URL: url }, { quiet: true })).toBe(0);
    await runSql(url, "DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_init'");
    expect(await runPrisma(["migrate", "status"], { DATABASE_URL: url }, { quiet: true })).toBe(1);
  });
});
