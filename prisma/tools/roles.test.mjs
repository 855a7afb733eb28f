import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runSql } from "./connection.mjs";
import { startPostgres } from "./embedded-pg.mjs";
import { ensureDatabase, ensureRoles, migrate } from "./migrate.mjs";

const passwords = { appPassword: "sixteen-characters-or-more", fleetPassword: "/@:%?#&=+'\"\\$(needs)_no_care" };
let dir;
let server;
let url;

// A server of its own: roles and their passwords belong to the whole server, and other tests sign in meanwhile.
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "sallyport-roles-"));
  server = await startPostgres({ dir, settings: { fsync: "off" } });
  url = server.url("roles");
  await ensureDatabase(url);
  await migrate({ url });
});

afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

describe("ensureRoles", () => {
  it("gives both roles their password, also when several processes do so at once", async () => {
    const results = await Promise.all(Array.from({ length: 5 }, () => ensureRoles({ url, ...passwords })));
    const signedIn = await Promise.all([results[0].appUrl, results[0].fleetUrl].map((roleUrl) => runSql(roleUrl, "SELECT current_user AS role")));
    expect(signedIn).toEqual([[{ role: "sallyport_app" }], [{ role: "sallyport_fleet" }]]);
  });

  it("replaces a password: the old one no longer signs in", async () => {
    const { appUrl } = await ensureRoles({ url, ...passwords });
    await ensureRoles({ url, ...passwords, appPassword: "another-password-of-some-length" });
    await expect(runSql(appUrl, "SELECT 1")).rejects.toThrow(/password authentication failed/);
  });

  it("refuses a short password and one with blanks", async () => {
    for (const appPassword of ["", "short", "sixteen characters"]) {
      await expect(ensureRoles({ url, ...passwords, appPassword })).rejects.toThrow(/16–128 visible ASCII/);
    }
  });

  it("hands out no role that bypasses row-level security, and neither does a migration", async () => {
    await runSql(url, "ALTER ROLE sallyport_app BYPASSRLS");
    await expect(ensureRoles({ url, ...passwords })).rejects.toThrow(/sallyport_app would bypass row-level security/);
    const fresh = server.url("fresh");
    await ensureDatabase(fresh);
    await expect(migrate({ url: fresh })).rejects.toThrow(/sallyport_app would bypass row-level security/);
    await runSql(url, "ALTER ROLE sallyport_app NOBYPASSRLS");
    expect((await migrate({ url: fresh })).length).toBeGreaterThan(0);
  });

  it("works for an owner that is no superuser, and row-level security does not hide the rows from its migrations", async () => {
    await runSql(url, "CREATE ROLE ordinary LOGIN CREATEDB CREATEROLE PASSWORD 'ordinary-password'");
    await runSql(url, "GRANT sallyport_app, sallyport_fleet TO ordinary WITH ADMIN OPTION");
    const owner = new URL(server.url("ordinary"));
    owner.username = "ordinary";
    owner.password = "ordinary-password";
    await ensureDatabase(owner.href);
    await migrate({ url: owner.href });
    const { appUrl, fleetUrl } = await ensureRoles({ url: owner.href, ...passwords });
    const id = "0193a0a0-0000-7000-8000-00000000000a";
    await runSql(owner.href, `INSERT INTO tenant (id, slug, display_name, plan, spec) VALUES ('${id}', 'a', 'A', 'standard', '{}')`);
    expect(await runSql(owner.href, "SELECT slug FROM tenant")).toEqual([{ slug: "a" }]);
    expect(await runSql(fleetUrl, "SELECT slug FROM tenant")).toEqual([{ slug: "a" }]);
    expect(await runSql(appUrl, "SELECT slug FROM tenant")).toEqual([]);
  });
});
