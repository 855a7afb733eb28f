import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import { freePort } from "./free-port.js";
import { type RunningProgram, runSystemProgram } from "./system-program.js";

const START_MS = 10_000;

/** Asks until the answer is the one that is waited for. @throws Error with the program's output when time is up */
async function until(port: number, what: string, ask: (redis: Redis) => Promise<boolean>, program?: RunningProgram): Promise<void> {
  const redis = new Redis({ host: "127.0.0.1", port, retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on("error", () => undefined);
  const end = Date.now() + START_MS;
  try {
    for (;;) {
      const late = new Promise<boolean>((resolve) => setTimeout(resolve, 1_000, false).unref());
      if (await Promise.race([ask(redis).catch(() => false), late])) return;
      if (Date.now() > end) throw new Error(`redis-server on ${port}: ${what} did not happen\n${program?.output() ?? ""}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    redis.disconnect();
  }
}

const answers = async (redis: Redis): Promise<boolean> => (await redis.ping()) === "PONG";

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Ends it, as a crash does; nothing of its data stays. */
  halt(): Promise<void>;
  /** Starts it anew on the same port, empty. */
  start(): Promise<void>;
  /** Stops answering for so long, with its connections open. */
  stall(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Debian's Redis, on loopback, in memory only. */
export async function startRedisServer(more: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--enable-debug-command", "yes", ...more];
  let program: RunningProgram | null = null;
  const start = async (): Promise<void> => {
    program ??= runSystemProgram("redis-server", args, { cwd: tmpdir() });
    await until(port, "its start", answers, program);
  };
  const halt = async (): Promise<void> => {
    const running = program;
    program = null;
    await running?.stop("SIGKILL");
  };
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}/0`,
    start,
    halt,
    close: halt,
    async stall(ms) {
      const redis = new Redis({ host: "127.0.0.1", port });
      await redis.call("CLIENT", "PAUSE", String(ms), "ALL");
      redis.disconnect();
    },
  };
}

export interface RedisGroup {
  readonly url: string;
  readonly servers: readonly RedisServer[];
  close(): Promise<void>;
}

/** A cluster of three primaries that share the slots. */
export async function startRedisCluster(): Promise<RedisGroup> {
  const folders = await Promise.all([0, 1, 2].map(() => mkdtemp(path.join(tmpdir(), "sallyport-redis-"))));
  // Left to Redis, the port by which nodes talk is the clients' port and 10,000: one that somebody may have, or that the system gives away.
  const buses = await Promise.all(folders.map(() => freePort()));
  const servers = await Promise.all(
    folders.map((dir, index) => {
      const settings = { "cluster-enabled": "yes", "cluster-port": buses[index], dir, "cluster-config-file": "nodes.conf" };
      return startRedisServer(Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]));
    }),
  );
  const first = servers[0]?.port ?? 0;
  for (const [index, { port }] of servers.entries()) {
    const redis = new Redis({ host: "127.0.0.1", port });
    const from = Math.floor((16_384 * index) / servers.length);
    const to = Math.floor((16_384 * (index + 1)) / servers.length) - 1;
    await redis.call("CLUSTER", "ADDSLOTSRANGE", String(from), String(to));
    await redis.call("CLUSTER", "SET-CONFIG-EPOCH", String(index + 1));
    if (port !== first) await redis.call("CLUSTER", "MEET", "127.0.0.1", String(first), String(buses[0]));
    redis.disconnect();
  }
  for (const { port } of servers) {
    await until(port, "the cluster", async (redis) => {
      const info = String(await redis.call("CLUSTER", "INFO"));
      return info.includes("cluster_state:ok") && info.includes("cluster_known_nodes:3") && info.includes("cluster_size:3");
    });
  }
  return {
    url: `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    servers,
    async close() {
      await Promise.all(servers.map((server) => server.close()));
      await Promise.all(folders.map((dir) => rm(dir, { recursive: true, force: true })));
    },
  };
}

/** A primary, a replica, and one Sentinel that may decide alone, within a second. `servers` are primary and replica. */
export async function startRedisSentinel(): Promise<RedisGroup> {
  const primary = await startRedisServer();
  const replica = await startRedisServer(["--replicaof", "127.0.0.1", String(primary.port)]);
  const dir = await mkdtemp(path.join(tmpdir(), "sallyport-sentinel-"));
  const port = await freePort();
  const file = path.join(dir, "sentinel.conf");
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `sentinel monitor main 127.0.0.1 ${primary.port} 1`,
    "sentinel down-after-milliseconds main 500",
    "sentinel failover-timeout main 3000",
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const sentinel = runSystemProgram("redis-server", [file, "--sentinel"]);
  await until(port, "its start", answers, sentinel);
  await until(port, "finding the replica", async (redis) =>
    JSON.stringify(await redis.call("SENTINEL", "REPLICAS", "main")).includes(String(replica.port)),
  );
  await until(replica.port, "replication", async (redis) => (await redis.info("replication")).includes("master_link_status:up"));
  return {
    url: `redis+sentinel://127.0.0.1:${port}/main`,
    servers: [primary, replica],
    async close() {
      await Promise.all([sentinel.stop(), primary.close(), replica.close()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
