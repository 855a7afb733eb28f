import { Cluster, Redis } from "ioredis";
import { StateStoreUnavailable } from "../sessions.js";
import type { RedisAddress } from "../state-url.js";
import type { RedisScript } from "./scripts.js";

export interface RedisTimes {
  readonly connectMs: number;
  readonly commandMs: number;
  /** How often a cluster's table of slots is read. */
  readonly slotRefreshMs: number;
}

/** BEHAVIOUR 3c. */
export const DEFAULT_TIMES: RedisTimes = { connectMs: 500, commandMs: 100, slotRefreshMs: 2_000 };

/** A cluster follows redirections and waits for a failover; all of it together ends here, as a multiple of one command's time. */
const MOST_COMMANDS = 5;

/** Runs commands; whatever goes wrong with the connection is StateStoreUnavailable, in bounded time. */
export interface RedisClient {
  run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  command<T>(send: (client: Redis | Cluster) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const retry = (times: number): number => Math.min(100 * times, 1_000);

function connect({ kind, hosts, tls, username, password, db, group }: RedisAddress, times: RedisTimes): Redis | Cluster {
  const common = {
    connectTimeout: times.connectMs,
    commandTimeout: times.commandMs,
    // A command is sent once: what waited for a connection, or was cut off, would come late or twice.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    // After a failover the old primary still answers, and refuses to write.
    reconnectOnError: (error: Error) => (error.message.startsWith("READONLY") ? 1 : false),
    connectionName: "sallyport",
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
  } as const;
  switch (kind) {
    case "single":
      return new Redis({ ...common, ...hosts[0], db, retryStrategy: retry });
    case "sentinel":
      return new Redis({
        ...common,
        sentinels: [...hosts],
        name: group,
        role: "master",
        db,
        retryStrategy: retry,
        sentinelRetryStrategy: retry,
        ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
      });
    case "cluster": {
      const { enableOfflineQueue: _, ...redisOptions } = common;
      return new Cluster([...hosts], {
        redisOptions,
        clusterRetryStrategy: retry,
        enableOfflineQueue: false,
        scaleReads: "master",
        slotsRefreshInterval: times.slotRefreshMs,
        slotsRefreshTimeout: times.connectMs,
        retryDelayOnClusterDown: times.commandMs,
        retryDelayOnFailover: times.commandMs,
      });
    }
    default:
      return kind satisfies never;
  }
}

/** @param onError for each new trouble with the connection; calls fail by themselves */
export function createRedisClient(address: RedisAddress, times: RedisTimes, onError: (error: Error) => void): RedisClient {
  const client = connect(address, times);
  client.on("error", onError);
  let closed = false;

  const bounded = async <T>(work: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("no answer in time")), times.commandMs * MOST_COMMANDS);
    });
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      throw new StateStoreUnavailable(error instanceof Error ? error.message : String(error), { cause: error });
    } finally {
      clearTimeout(timer);
    }
  };

  const evaluate = async ({ text, sha1 }: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> => {
    try {
      return await client.evalsha(sha1, keys.length, ...keys, ...args);
    } catch (error) {
      // A server that was started anew, or has not seen this one.
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return client.eval(text, keys.length, ...keys, ...args);
    }
  };

  return {
    run: (script, keys, args) => bounded(evaluate(script, keys, args)),
    command: (send) => bounded(send(client)),
    async close() {
      if (closed) return;
      closed = true;
      client.disconnect();
    },
  };
}
