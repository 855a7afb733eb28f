import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDataClients, type DataClients, Prisma, withFleet, withTenant } from "./index.js";
import { createTestDatabase, type TestDatabase } from "./testing.js";

const TENANT = "0193a0a0-0000-7000-8000-00000000000a";

let database: TestDatabase;
let clients: DataClients;

beforeAll(async () => {
  database = await createTestDatabase();
  clients = createDataClients(database);
  await withTenant(clients.app, TENANT, (tx) =>
    tx.tenant.create({ data: { id: TENANT, slug: "a", displayName: "A", plan: "standard", spec: { displayName: "A" } } }),
  );
});

afterAll(async () => {
  await clients.close();
  await database.drop();
});

describe("createDataClients", () => {
  it("connects to nothing before the first query, and then fails in bounded time", async () => {
    const nowhere = "postgresql://nobody:nothing@127.0.0.1:1/none";
    const unreachable = createDataClients({ appUrl: nowhere, fleetUrl: nowhere });
    await expect(unreachable.fleet.tenant.count()).rejects.toThrow();
    await unreachable.close();
  });

  it("signs in as the role that each client stands for", async () => {
    const roles = [];
    for (const client of [clients.app, clients.fleet]) roles.push(...(await client.$queryRaw<{ role: string }[]>`SELECT current_user::text AS role`));
    expect(roles).toEqual([{ role: "sallyport_app" }, { role: "sallyport_fleet" }]);
  });

  it("works again after the database ended every connection", async () => {
    await clients.fleet.tenant.count();
    const owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    const { rowCount } = await owner.query(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'sallyport' AND datname = current_database()",
    );
    expect(rowCount).toBeGreaterThan(0);
    await owner.end();
    await expect.poll(() => clients.fleet.tenant.count().catch(() => null), { timeout: 5_000 }).toBe(1);
  });

  it("refuses undefined in a filter instead of widening it", async () => {
    const nobody = undefined as unknown as string;
    await expect(clients.fleet.tenant.deleteMany({ where: { id: nobody } })).rejects.toThrow(/undefined/);
    expect(await clients.fleet.tenant.count()).toBe(1);
  });
});

describe("transactions", () => {
  it("roll back everything when the function throws, and throw it on", async () => {
    const failure = new Error("stop");
    const attempt = withTenant(clients.app, TENANT, async (tx) => {
      await tx.upstream.create({ data: { tenantId: TENANT, name: "payouts", spec: {} } });
      throw failure;
    });
    await expect(attempt).rejects.toBe(failure);
    expect(await withFleet(clients.fleet, (tx) => tx.upstream.count())).toBe(0);
  });

  it("end by themselves when they take too long", async () => {
    const slow = withFleet(clients.fleet, (tx) => tx.$queryRaw`SELECT pg_sleep(1)::text`, { timeoutMs: 200 });
    await expect(slow).rejects.toThrow(/timeout|expired/i);
  });

  it("take the isolation level that is asked for", async () => {
    const rows = await withFleet(clients.fleet, (tx) => tx.$queryRaw`SELECT current_setting('transaction_isolation') AS level`, {
      isolationLevel: Prisma.TransactionIsolationLevel.Serializable,
    });
    expect(rows).toEqual([{ level: "serializable" }]);
  });

  it("give 50 parallel publishers gap-free numbers, those that roll back included", async () => {
    await clients.fleet.installation.create({ data: { fleetId: TENANT, orgName: "Example" } });
    const publish = (index: number): Promise<number> =>
      withFleet(clients.fleet, async (tx) => {
        const { nextRevision } = await tx.installation.update({ where: { id: 1 }, data: { nextRevision: { increment: 1 } } });
        if (index % 5 === 0) throw new Error("refused");
        return nextRevision - 1;
      });
    const results = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => publish(index)));
    const numbers = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });
});

describe("rules that hold whoever writes", () => {
  it.each([
    ["a second installation", "INSERT INTO installation (id, fleet_id, org_name) VALUES (2, gen_random_uuid(), 'x')"],
    ["an e-mail with capitals", "INSERT INTO person (id, email, display_name) VALUES (gen_random_uuid(), 'A@example.com', 'A')"],
    ["a host with capitals", `INSERT INTO tenant_domain (tenant_id, host) VALUES ('${TENANT}', 'API.example')`],
    [
      "a fleet-wide role given twice",
      `WITH p AS (INSERT INTO person (id, email, display_name) VALUES (gen_random_uuid(), 'a@example.com', 'A') RETURNING id)
       INSERT INTO role_binding (id, person_id, role) SELECT gen_random_uuid(), p.id, 'viewer' FROM p, generate_series(1, 2)`,
    ],
  ])("%s is refused", async (_, statement) => {
    const owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    await expect(owner.query(statement)).rejects.toThrow(/violates/);
    await owner.end();
  });

  it("a host belongs to one tenant of the whole fleet", async () => {
    const other = "0193a0a0-0000-7000-8000-00000000000b";
    await clients.fleet.tenant.create({ data: { id: other, slug: "b", displayName: "B", plan: "standard", spec: {} } });
    const claim = (tenantId: string) =>
      withTenant(clients.app, tenantId, (tx) => tx.tenantDomain.create({ data: { tenantId, host: "api.example" } }));
    await claim(TENANT);
    await expect(claim(other)).rejects.toMatchObject({ code: "P2002" });
  });
});
