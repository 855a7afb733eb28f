import { startRedisCluster, startRedisSentinel, startRedisServer } from "@sallyport/testkit";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { StateStoreUnavailable } from "../sessions.js";
import { openUrl, type StateServer, stateStoreSuite } from "../testing/state-store-suite.js";

const LIFE = { idleMs: 60_000, absoluteMs: 600_000 };
const SESSION = { identityProvider: "main", issuer: "https://id.example", subject: "ada", idpSession: "s", data: "{}" };

async function eventually<T>(look: () => Promise<T>): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

stateStoreSuite("sessions in one Redis", startRedisServer);

stateStoreSuite("sessions in a Redis Cluster", async (): Promise<StateServer> => {
  const cluster = await startRedisCluster();
  return {
    url: cluster.url,
    async halt() {
      await Promise.all(cluster.servers.map((server) => server.halt()));
    },
    async start() {
      await Promise.all(cluster.servers.map((server) => server.start()));
    },
    close: cluster.close,
  };
});

describe("Redis", () => {
  it("is given up after a command's time when it does not answer, and no command comes late", async () => {
    const server = await startRedisServer();
    const store = openUrl(server.url);
    await eventually(() => store.ping());
    await store.sessions.create("acme", "a1", SESSION, LIFE);
    await server.stall(1_500);
    const began = performance.now();
    await expect(store.sessions.get("acme", "a1")).rejects.toBeInstanceOf(StateStoreUnavailable);
    expect(performance.now() - began).toBeLessThan(700);
    await eventually(() => store.ping());
    expect((await store.sessions.get("acme", "a1")).state).toBe("live");
    await store.close();
    await server.close();
  });

  it("keeps a session for an hour past its end and nothing for longer, and its sets no longer than the sessions in them", async () => {
    const server = await startRedisServer();
    const store = openUrl(server.url);
    const redis = new Redis({ host: "127.0.0.1", port: server.port });
    await eventually(() => store.ping());
    await store.sessions.create("acme", "a1", SESSION, LIFE);
    await store.logins.put("acme", "b1", "x", 5_000);
    await store.counters.increment("acme", "c1", 5_000);
    const keys = await redis.keys("*");
    const ends = Object.fromEntries(
      await Promise.all(keys.map(async (key) => [key.replace(/[ui]:[0-9a-f]{64}/, "set"), await redis.pttl(key)] as const)),
    );
    const hour = 3_600_000;
    expect(ends["sallyport:{acme}:s:a1"]).toBeGreaterThan(hour + LIFE.idleMs - 5_000);
    expect(ends["sallyport:{acme}:s:a1"]).toBeLessThanOrEqual(hour + LIFE.idleMs);
    for (const set of ["all", "ends", "set"]) expect(ends[`sallyport:{acme}:${set}`]).toBeLessThanOrEqual(hour + LIFE.absoluteMs);
    expect(Object.values(ends).every((ms) => ms > 0)).toBe(true);
    await store.sessions.removeOfTenant("acme");
    expect((await redis.keys("*")).sort()).toEqual(["sallyport:{acme}:c:c1", "sallyport:{acme}:l:b1"]);
    redis.disconnect();
    await store.close();
    await server.close();
  });

  it("fails over behind its Sentinels: sessions refuse meanwhile, and answer from the new primary", async () => {
    const group = await startRedisSentinel();
    const store = openUrl(group.url);
    await eventually(() => store.ping());
    await store.sessions.create("acme", "a1", SESSION, LIFE);
    // Replication is asynchronous: what the replica does not have yet is lost with the primary, and is not what this is about.
    const primary = new Redis(group.servers[0]?.url ?? "");
    await primary.set("replicated-up-to-here", "");
    expect(await primary.wait(1, 10_000)).toBe(1);
    primary.disconnect();
    await group.servers[0]?.halt();
    await expect(store.sessions.get("acme", "a1")).rejects.toBeInstanceOf(StateStoreUnavailable);
    expect((await eventually(() => store.sessions.get("acme", "a1"))).state).toBe("live");
    await eventually(() => store.sessions.create("acme", "a2", SESSION, LIFE));
    await store.close();
    await group.close();
  }, 60_000);
});
