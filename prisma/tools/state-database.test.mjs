import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runSql } from "./connection.mjs";
import { startPostgres } from "./embedded-pg.mjs";
import { ensureDatabase, ensureRoles, ensureStateDatabase, migrate } from "./migrate.mjs";

const password = "sixteen-characters-or-more";
let dir;
let server;
let url;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "sallyport-state-database-"));
  server = await startPostgres({ dir, settings: { fsync: "off" } });
  url = server.url("sallyport");
  await ensureDatabase(url);
  await migrate({ url });
});
afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

describe("the state database", () => {
  it("has a role of its own, which makes its tables there, and is the same after a second start", async () => {
    const stateUrl = await ensureStateDatabase({ url, password });
    await runSql(stateUrl, "CREATE UNLOGGED TABLE session (id text)");
    expect(await ensureStateDatabase({ url, password })).toBe(stateUrl);
    expect(await runSql(stateUrl, "SELECT current_user AS role, current_database() AS name, (SELECT count(*)::int FROM session) AS rows")).toEqual([
      { role: "sallyport_state", name: "sallyport_state", rows: 0 },
    ]);
  });

  it("is apart from the configuration: neither role reads in the other's database", async () => {
    const stateUrl = await ensureStateDatabase({ url, password });
    const { appUrl, fleetUrl } = await ensureRoles({ url, appPassword: password, fleetPassword: password });
    for (const role of [appUrl, fleetUrl]) {
      const there = new URL(role);
      there.pathname = "/sallyport_state";
      await expect(runSql(there.href, "SELECT 1")).rejects.toThrow(/permission denied for database/);
    }
    const there = new URL(stateUrl);
    there.pathname = "/sallyport";
    const [{ readable }] = await runSql(
      url,
      "SELECT count(*)::int AS readable FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND has_table_privilege('sallyport_state', format('%I.%I', schemaname, tablename), 'SELECT, INSERT, UPDATE, DELETE')",
    );
    expect(readable).toBe(0);
    await expect(runSql(there.href, "CREATE TABLE planted (id text)")).rejects.toThrow(/permission denied/);
  });

  it("is not handed to a role that may do more", async () => {
    await runSql(url, "ALTER ROLE sallyport_state BYPASSRLS");
    await expect(ensureStateDatabase({ url, password })).rejects.toThrow(/may do more than keep state/);
    await runSql(url, "ALTER ROLE sallyport_state NOBYPASSRLS");
  });
});
