import { startPostgresServer } from "@sallyport/testkit";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StateStoreUnavailable } from "../sessions.js";
import { answers, openUrl, type StateServer, stateStoreSuite, until } from "../testing/state-store-suite.js";

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A database with a role that can do nothing else, as `npm start` makes it. */
async function startStateDatabase(): Promise<StateServer & { readonly owner: string }> {
  const server = await startPostgresServer();
  await withClient(server.url(), async (client) => {
    await client.query("CREATE ROLE sallyport_state LOGIN PASSWORD 'state-password'");
    await client.query("CREATE DATABASE sallyport_state OWNER sallyport_state");
  });
  const url = `postgres://sallyport_state:state-password@127.0.0.1:${server.port}/sallyport_state`;
  return { url, owner: server.url("sallyport_state"), halt: server.halt, start: server.start, close: server.close };
}

stateStoreSuite("sessions in PostgreSQL", startStateDatabase);

describe("the state database", () => {
  let server: Awaited<ReturnType<typeof startStateDatabase>>;
  beforeAll(async () => {
    server = await startStateDatabase();
  });
  afterAll(() => server?.close());

  it("is made once by ten nodes that start together, its tables without a write-ahead log", async () => {
    const stores = Array.from({ length: 10 }, () => openUrl(server.url));
    // Nobody waits longer than for a look-up; the tables are made meanwhile.
    await Promise.all(stores.map((store) => until("the tables are there", () => answers(store))));
    await Promise.all(stores.map((store) => store.close()));
    const tables = await withClient(server.url, async (client) => {
      const { rows } = await client.query(
        "SELECT relname, relpersistence FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
      );
      return Object.fromEntries(rows.map(({ relname, relpersistence }) => [relname, relpersistence]));
    });
    const unlogged = [
      "session",
      "login_attempt",
      "counter",
      "limit_bucket",
      "limit_node",
      "lockout_failure",
      "lockout",
      "lockout_success",
      "lockout_epoch",
    ];
    expect(tables).toEqual({ ...Object.fromEntries(unlogged.map((name) => [name, "u"])), state_version: "p" });
  });

  it("that is not ready yet keeps nobody waiting: calls fail within a second, and work once it is there", async () => {
    const store = openUrl(server.url);
    await withClient(server.url, async (client) => {
      await client.query("BEGIN; LOCK TABLE state_version");
      const began = performance.now();
      await expect(store.ping()).rejects.toThrow(StateStoreUnavailable);
      await expect(store.ping()).rejects.toThrow("not there yet");
      expect(performance.now() - began).toBeLessThan(5_000);
      await client.query("COMMIT");
    });
    await store.ping();
    await store.close();
  });

  it("of a newer build is left alone, and refuses", async () => {
    const { rows } = await withClient(server.url, (client) => client.query<{ version: number }>("SELECT version FROM state_version"));
    await withClient(server.url, (client) => client.query("UPDATE state_version SET version = 99"));
    const store = openUrl(server.url);
    await expect(store.ping()).rejects.toThrow("version 99");
    await withClient(server.url, (client) => client.query("UPDATE state_version SET version = $1", [rows[0]?.version]));
    await store.ping();
    await store.close();
  });

  it("forgets an expired session after an hour, and not before", async () => {
    const store = openUrl(server.url);
    const life = { idleMs: 60_000, absoluteMs: 60_000 };
    const session = { identityProvider: "main", issuer: "https://id.example", subject: "ada", idpSession: null, data: "" };
    for (const digest of ["young", "old"]) await store.sessions.create("acme", digest, session, life);
    await withClient(server.url, (client) =>
      client.query(
        "UPDATE session SET expires_at = clock_timestamp() - CASE digest WHEN 'old' THEN interval '61 minutes' ELSE interval '59 minutes' END",
      ),
    );
    expect([await store.sessions.get("acme", "young"), await store.sessions.get("acme", "old")]).toEqual([
      { state: "expired" },
      { state: "unknown" },
    ]);
    await store.close();
  });
});
