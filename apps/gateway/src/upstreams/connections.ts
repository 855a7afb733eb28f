import type { SecretOf } from "@sallyport/idp-client";
import type { CompiledTarget, CompiledUpstream } from "@sallyport/pipeline";
import { Pool } from "undici";
import { createConnector, tlsKeyOf } from "./connector.js";

/** The connections to one target as one configuration describes them, whoever's route leads there. */
export interface TargetConnections {
  readonly pool: Pool;
  /** Requests handed over and not finished. */
  inFlight: number;
  /** More than this waits nowhere: it is refused. */
  readonly maxInFlight: number;
  usedInRound: number;
}

export interface ConnectionKeeper {
  to(target: CompiledTarget, upstream: CompiledUpstream): TargetConnections;
  /** Notes that they are in use in this round. */
  used(connections: TargetConnections): void;
  /** Another minute: lets those go on which nothing happened for a while. */
  nextRound(): void;
  close(): Promise<void>;
}

/** Rounds without a request after which connections are let go. */
const IDLE_ROUNDS = 5;
/** Idle sockets are ours to close first: below what servers commonly allow. */
const KEEP_ALIVE_MS = 30_000;

/** Bounded keep-alive pools, one for each origin, its limits and its TLS settings. */
export function createConnectionKeeper(secretOf: SecretOf): ConnectionKeeper {
  const pools = new Map<string, TargetConnections>();
  let round = 0;
  return {
    to({ origin }, upstream) {
      const { spec } = upstream;
      const key = `${origin} ${spec.connectTimeoutMs} ${spec.maxConnections} ${tlsKeyOf(upstream)}`;
      const existing = pools.get(key);
      if (existing !== undefined && !existing.pool.closed) return existing;
      const pool = new Pool(origin, {
        connections: spec.maxConnections,
        pipelining: 1,
        connect: createConnector(upstream, secretOf),
        keepAliveTimeout: KEEP_ALIVE_MS,
        keepAliveMaxTimeout: KEEP_ALIVE_MS,
        maxHeaderSize: 65_536,
      });
      const opened = { pool, inFlight: 0, maxInFlight: spec.maxConnections * 4, usedInRound: round };
      pools.set(key, opened);
      return opened;
    },
    used(connections) {
      connections.usedInRound = round;
    },
    nextRound() {
      round += 1;
      for (const [key, entry] of pools) {
        if (entry.inFlight > 0 || round - entry.usedInRound < IDLE_ROUNDS) continue;
        pools.delete(key);
        // Nothing is in flight: there is nothing to wait for and nobody to tell.
        entry.pool.close().catch(() => undefined);
      }
    },
    async close() {
      await Promise.all([...pools.values()].map(({ pool }) => pool.destroy()));
    },
  };
}
