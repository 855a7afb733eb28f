import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDataClients, type DataClients, withFleet, withTenant } from "./index.js";
import { createTestDatabase, type TestDatabase } from "./testing.js";

const A = "0193a0a0-0000-7000-8000-00000000000a";
const B = "0193a0a0-0000-7000-8000-00000000000b";
const NODE = "0193a0a0-0000-7000-8000-0000000000ff";

/** One row of each tenant-scoped table, with the tenant's id (or slug) in it. */
const ROWS: Record<string, (tenant: string, slug: string) => string> = {
  tenant_domain: (tenant, slug) => `INSERT INTO tenant_domain (tenant_id, host) VALUES ('${tenant}', '${slug}.example')`,
  identity_provider: (tenant) =>
    `INSERT INTO identity_provider (tenant_id, id, name, issuer, spec) VALUES ('${tenant}', gen_random_uuid(), 'main', 'https://idp.example', '{}')`,
  secret: (tenant) => `INSERT INTO secret (tenant_id, id, name, spec) VALUES ('${tenant}', gen_random_uuid(), 'main', '{}')`,
  upstream: (tenant) => `INSERT INTO upstream (tenant_id, id, name, spec) VALUES ('${tenant}', gen_random_uuid(), 'main', '{}')`,
  route: (tenant) =>
    `INSERT INTO route (tenant_id, id, name, path_prefix, upstream_name, spec) VALUES ('${tenant}', gen_random_uuid(), 'main', '/', 'main', '{}')`,
  rate_limit_policy: (tenant) => `INSERT INTO rate_limit_policy (tenant_id, id, name, spec) VALUES ('${tenant}', gen_random_uuid(), 'main', '{}')`,
  propagation_policy: (tenant) => `INSERT INTO propagation_policy (tenant_id, id, name, spec) VALUES ('${tenant}', gen_random_uuid(), 'main', '{}')`,
  degradation_policy: (tenant) => `INSERT INTO degradation_policy (tenant_id, id, name, spec) VALUES ('${tenant}', gen_random_uuid(), 'main', '{}')`,
  policy_test: (tenant) => `INSERT INTO policy_test (tenant_id, id, name, spec) VALUES ('${tenant}', gen_random_uuid(), 'main', '{}')`,
  revocation: (tenant, slug) =>
    `INSERT INTO revocation (tenant_id, id, tenant_slug, kind, reason, created_at, created_by)
     VALUES ('${tenant}', gen_random_uuid(), '${slug}', 'suspension', 'test', now(), 'test')`,
  audit_record: (_, slug) =>
    `INSERT INTO audit_record (id, actor_kind, actor_id, actor_name, action, target_kind, target_name, tenant_slug)
     VALUES (gen_random_uuid(), 'system', 'test', 'test', 'tenant.create', 'Tenant', '${slug}', '${slug}')`,
  security_event: (_, slug) =>
    `INSERT INTO security_event (id, node_id, kind, severity, at, tenant_slug, detail)
     VALUES (gen_random_uuid(), '${NODE}', 'cross_tenant_attempt', 'critical', now(), '${slug}', 'test')`,
  alert: (_, slug) =>
    `INSERT INTO alert (id, fingerprint, kind, severity, tenant_slug, title, first_seen_at, last_seen_at, evidence)
     VALUES (gen_random_uuid(), '${slug}', 'cross_tenant_attempt', 'critical', '${slug}', 'test', now(), now(), '{}')`,
  alert_history: (_, slug) =>
    `INSERT INTO alert_history (id, alert_id, actor_name, action) SELECT gen_random_uuid(), id, 'test', 'open' FROM alert WHERE tenant_slug = '${slug}'`,
  decision_count: (_, slug) => `INSERT INTO decision_count VALUES (date_trunc('minute', now()), '${NODE}', '${slug}', '', 'allow', 1)`,
};
const EDITABLE = [
  "tenant_domain",
  "identity_provider",
  "secret",
  "upstream",
  "route",
  "rate_limit_policy",
  "propagation_policy",
  "degradation_policy",
  "policy_test",
] as const;
const VISIBLE = ["tenant", ...Object.keys(ROWS)];

let database: TestDatabase;
let owner: pg.Client;
let app: pg.Client;
let fleet: pg.Client;
let clients: DataClients;

beforeAll(async () => {
  database = await createTestDatabase();
  [owner, app, fleet] = (await Promise.all([database.ownerUrl, database.appUrl, database.fleetUrl].map(connect))) as [
    pg.Client,
    pg.Client,
    pg.Client,
  ];
  clients = createDataClients(database);
  for (const [tenant, slug] of [
    [A, "a"],
    [B, "b"],
  ] as const) {
    await owner.query(`INSERT INTO tenant (id, slug, display_name, plan, spec) VALUES ('${tenant}', '${slug}', '${slug}', 'standard', '{}')`);
    for (const insert of Object.values(ROWS)) await owner.query(insert(tenant, slug));
  }
});

afterAll(async () => {
  await Promise.all([owner, app, fleet].map((client) => client.end()));
  await clients.close();
  await database.drop();
});

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** Runs statements as the app role with a tenant set, and rolls back. Returns the last result. */
async function asTenant(tenant: string | null, ...statements: string[]): Promise<pg.QueryResult> {
  await app.query("BEGIN");
  try {
    if (tenant !== null) await app.query("SELECT set_config('app.tenant', $1, true)", [tenant]);
    let result: pg.QueryResult | undefined;
    for (const statement of statements) result = await app.query(statement);
    if (!result) throw new Error("no statement");
    return result;
  } finally {
    await app.query("ROLLBACK");
  }
}

describe("the catalogue", () => {
  it("has FORCE row-level security and a policy for both roles on every table that names a tenant", async () => {
    const { rows } = await owner.query<{ table: string; forced: boolean; roles: string[] }>(`
      SELECT c.relname AS table, c.relrowsecurity AND c.relforcerowsecurity AS forced,
             (SELECT coalesce(array_agg(DISTINCT r.rolname::text), '{}') FROM pg_policy p, pg_roles r WHERE p.polrelid = c.oid AND r.oid = ANY (p.polroles)) AS roles
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attname IN ('tenant_id', 'tenant_slug')`);
    expect(rows.map((row) => row.table).sort()).toEqual(expect.arrayContaining([...EDITABLE]));
    for (const row of rows) {
      expect(row, row.table).toMatchObject({ forced: true });
      expect(row.roles, row.table).toEqual(expect.arrayContaining(["sallyport_app", "sallyport_fleet"]));
    }
  });

  it("lets the app role read no table without row-level security but the fleet's declared settings", async () => {
    const { rows } = await owner.query<{ table: string }>(`
      SELECT relname AS table FROM pg_class
       WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND NOT relrowsecurity
         AND has_any_column_privilege('sallyport_app', oid, 'SELECT, INSERT, UPDATE, REFERENCES')`);
    expect(rows.map((row) => row.table)).toEqual(["fleet_object"]);
  });

  it("gives neither role a way around: no superuser, no BYPASSRLS, no ownership, no TRUNCATE", async () => {
    const { rows } = await owner.query(`
      SELECT rolname FROM pg_roles r WHERE rolname LIKE 'sallyport\\_%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
        OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid)
        OR EXISTS (SELECT FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND has_table_privilege(r.oid, c.oid, 'TRUNCATE, TRIGGER')))`);
    expect(rows).toEqual([]);
  });
});

describe("the app role without a tenant", () => {
  it.each(VISIBLE)("reads no row of %s", async (table) => {
    expect((await asTenant(null, `SELECT * FROM ${table}`)).rows).toEqual([]);
    expect((await asTenant("", `SELECT * FROM ${table}`)).rows).toEqual([]);
  });

  it("writes nothing", async () => {
    for (const table of EDITABLE) {
      const insert = ROWS[table]?.(A, "c") ?? "";
      await expect(asTenant(null, insert), table).rejects.toThrow(/row-level security/);
      expect((await asTenant(null, `DELETE FROM ${table}`)).rowCount, table).toBe(0);
    }
  });

  it("takes a tenant that is no UUID for an error", async () => {
    await expect(asTenant("a' OR true", "SELECT * FROM route")).rejects.toThrow(/uuid/);
  });
});

describe("the app role with tenant A", () => {
  it.each(VISIBLE)("reads A's row of %s and no other", async (table) => {
    const { rows } = await asTenant(A, `SELECT * FROM ${table}`);
    expect(rows).toHaveLength(1);
    const other = await asTenant(B, `SELECT * FROM ${table}`);
    expect(other.rows).toHaveLength(1);
    expect(other.rows).not.toEqual(rows);
  });

  it.each(EDITABLE)("cannot update, move, delete or insert a row of B in %s", async (table) => {
    expect((await asTenant(A, `UPDATE ${table} SET created_at = now() WHERE tenant_id = '${B}'`)).rowCount).toBe(0);
    expect((await asTenant(A, `DELETE FROM ${table} WHERE tenant_id = '${B}'`)).rowCount).toBe(0);
    await expect(asTenant(A, `UPDATE ${table} SET tenant_id = '${B}'`)).rejects.toThrow(/row-level security/);
    await expect(asTenant(A, ROWS[table]?.(B, "c") ?? "")).rejects.toThrow(/row-level security/);
    expect((await asTenant(A, `UPDATE ${table} SET created_at = now()`)).rowCount, "its own row").toBe(1);
  });

  it("cannot write an audit record or a security event in B's name", async () => {
    for (const table of ["audit_record", "security_event"]) {
      await expect(asTenant(A, ROWS[table]?.(B, "b") ?? ""), table).rejects.toThrow(/row-level security/);
      expect((await asTenant(A, ROWS[table]?.(A, "a") ?? "")).rowCount, table).toBe(1);
    }
  });

  it("makes a tenant only under the id that is set", async () => {
    const insert = (id: string) => `INSERT INTO tenant (id, slug, display_name, plan, spec) VALUES ('${id}', 'new', 'New', 'standard', '{}')`;
    const fresh = "0193a0a0-0000-7000-8000-00000000000c";
    expect((await asTenant(fresh, insert(fresh))).rowCount).toBe(1);
    await expect(asTenant(A, insert(fresh))).rejects.toThrow(/row-level security/);
  });

  it("reaches none of the fleet's own tables", async () => {
    for (const table of ["person", "console_session", "api_token", "role_binding", "signing_key", "node", "join_token", "installation", "revision"]) {
      await expect(asTenant(A, `SELECT * FROM ${table}`), table).rejects.toThrow(/permission denied/);
    }
  });

  it("keeps out of B through the client as well, and leaves no tenant behind on the connection", async () => {
    const seen = await withTenant(clients.app, A, async (tx) => ({
      all: await tx.route.findMany({ select: { tenantId: true } }),
      foreign: await tx.route.findMany({ where: { tenantId: B } }),
      deleted: await tx.route.deleteMany({ where: { tenantId: B } }),
    }));
    expect(seen).toEqual({ all: [{ tenantId: A }], foreign: [], deleted: { count: 0 } });
    expect(await clients.app.route.findMany()).toEqual([]);
    expect(await withFleet(clients.fleet, (tx) => tx.route.count())).toBe(2);
  });
});

describe("what is written once", () => {
  it.each(["audit_record", "alert_history", "section", "revision"])("neither role can change or delete a row of %s", async (table) => {
    for (const client of [app, fleet]) {
      const { rows } = await owner.query<{ column: string }>(
        "SELECT attname AS column FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1",
        [table],
      );
      await expect(client.query(`UPDATE ${table} SET ${rows[0]?.column} = ${rows[0]?.column}`)).rejects.toThrow(/permission denied/);
      await expect(client.query(`DELETE FROM ${table}`)).rejects.toThrow(/permission denied/);
      await expect(client.query(`TRUNCATE ${table} CASCADE`)).rejects.toThrow(/permission denied/);
    }
  });

  it("a security event can be changed by neither role, and taken away by the fleet's retention alone", async () => {
    for (const client of [app, fleet]) await expect(client.query("UPDATE security_event SET detail = ''")).rejects.toThrow(/permission denied/);
    await expect(app.query("DELETE FROM security_event")).rejects.toThrow(/permission denied/);
    await fleet.query("BEGIN");
    expect((await fleet.query("DELETE FROM security_event")).rowCount).toBe(2);
    await fleet.query("ROLLBACK");
  });
});
