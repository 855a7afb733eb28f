import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDataClients, type DataClients, listen, notify, withFleet, withTenant } from "./index.js";
import { createTestDatabase, type TestDatabase } from "./testing.js";

const TENANT = "0193a0a0-0000-7000-8000-00000000000a";
const CHANNEL = "sallyport_test";

let database: TestDatabase;
let clients: DataClients;

beforeAll(async () => {
  database = await createTestDatabase();
  clients = createDataClients(database);
});
afterAll(async () => {
  await clients.close();
  await database.drop();
});

function subscribe() {
  const seen: string[] = [];
  const state = { listening: 0, lost: 0 };
  const listener = listen(database.fleetUrl, CHANNEL, (payload) => seen.push(payload), {
    onListening: () => {
      state.listening += 1;
    },
    onLost: () => {
      state.lost += 1;
    },
  });
  return { listener, seen, state };
}

describe("listen and notify", () => {
  it("deliver a notification when its transaction commits, from either role, and none when it rolls back", async () => {
    const { listener, seen, state } = subscribe();
    await expect.poll(() => state.listening).toBe(1);
    const refused = withFleet(clients.fleet, async (tx) => {
      await notify(tx, CHANNEL, "never");
      throw new Error("refused");
    });
    await expect(refused).rejects.toThrow("refused");
    await withTenant(clients.app, TENANT, (tx) => notify(tx, CHANNEL, "tenant"));
    await withFleet(clients.fleet, async (tx) => {
      await notify(tx, CHANNEL, "fleet");
      await notify(tx, "another_channel", "elsewhere");
    });
    await expect.poll(() => seen).toEqual(["tenant", "fleet"]);
    await listener.close();
  });

  it("come back by themselves after the connection was lost, and say so both times", async () => {
    const { listener, seen, state } = subscribe();
    await expect.poll(() => state.listening).toBe(1);
    const owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    await owner.query(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'sallyport-listen' AND datname = current_database()",
    );
    await owner.end();
    await expect.poll(() => state, { timeout: 5_000 }).toEqual({ listening: 2, lost: 1 });
    expect(listener.listening).toBe(true);
    await withFleet(clients.fleet, (tx) => notify(tx, CHANNEL, "after"));
    await expect.poll(() => seen).toEqual(["after"]);
    await listener.close();
    expect(listener.listening).toBe(false);
  });

  it("go on trying while the database cannot be reached, and stop when they are closed", async () => {
    let lost = 0;
    const listener = listen("postgresql://nobody:nothing@127.0.0.1:1/none", CHANNEL, () => {}, {
      onLost: () => {
        lost += 1;
      },
    });
    await expect.poll(() => lost, { timeout: 5_000 }).toBeGreaterThan(2);
    await listener.close();
    const after = lost;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(lost).toBe(after);
  });

  it("refuse a channel that PostgreSQL would fold or cut, and a payload that it would refuse", async () => {
    for (const channel of ["", "Upper", "with-dash", 'quote"', "x".repeat(64)]) {
      expect(() => listen(database.fleetUrl, channel, () => {})).toThrow(TypeError);
      await expect(withFleet(clients.fleet, (tx) => notify(tx, channel))).rejects.toThrow(TypeError);
    }
    await withFleet(clients.fleet, (tx) => notify(tx, CHANNEL, "x".repeat(7_999)));
    await expect(withFleet(clients.fleet, (tx) => notify(tx, CHANNEL, "ä".repeat(4_000)))).rejects.toThrow(RangeError);
  });
});
