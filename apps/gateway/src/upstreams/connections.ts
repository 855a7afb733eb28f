import type { SecretOf } from "@sallyport/idp-client";
import type { CompiledTarget, CompiledUpstream } from "@sallyport/pipeline";
import { Pool } from "undici";
import { type Connector, createConnector, tlsKeyOf } from "./connector.js";
import { UpstreamPool } from "./http1/upstream-pool.js";

/** The connections to one target as one configuration describes them, whoever's route leads there. */
export interface TargetConnections {
  readonly pool: UpstreamPool;
  /** For upgrades: connections that become streams and are never used again. */
  upgrades(): Pool;
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
  const pools = new Map<string, ClosableConnections>();
  let round = 0;
  return {
    to({ origin }, upstream) {
      const { spec } = upstream;
      const key = `${origin} ${spec.connectTimeoutMs} ${spec.maxConnections} ${tlsKeyOf(upstream)}`;
      const existing = pools.get(key);
      if (existing !== undefined && !existing.pool.closed) return existing;
      const opened = openConnections(origin, upstream, createConnector(upstream, secretOf));
      opened.usedInRound = round;
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
        entry.close().catch(() => undefined);
      }
    },
    async close() {
      await Promise.all([...pools.values()].map((entry) => entry.close()));
    },
  };
}

interface ClosableConnections extends TargetConnections {
  /** Whatever is under way fails. */
  close(): Promise<void>;
}

function openConnections(origin: string, { spec }: CompiledUpstream, connect: Connector): ClosableConnections {
  const { host, hostname, protocol, port } = new URL(origin);
  // In a URL an IPv6 address is bracketed, and towards the resolver it is not.
  const options = { host, hostname: hostname.replace(/^\[(.*)\]$/, "$1"), protocol, port };
  const pool = new UpstreamPool({
    host,
    maxConnections: spec.maxConnections,
    keepAliveMs: KEEP_ALIVE_MS,
    open: (onread, opened) => connect(options, opened, onread),
  });
  let upgrades: Pool | null = null;
  return {
    pool,
    inFlight: 0,
    maxInFlight: spec.maxConnections * 4,
    usedInRound: 0,
    upgrades() {
      upgrades ??= new Pool(origin, { connections: spec.maxConnections, pipelining: 1, connect, maxHeaderSize: 65_536 });
      return upgrades;
    },
    async close() {
      pool.destroy();
      await upgrades?.destroy();
    },
  };
}
