import type { CompiledRoute } from "@sallyport/pipeline";
import { Pool } from "undici";

/** The connections to one upstream as one configuration of it describes them. */
export interface UpstreamPool {
  readonly pool: Pool;
  /** Requests handed over and not finished. */
  inFlight: number;
  /** More than this waits nowhere: it is refused. */
  readonly maxInFlight: number;
  usedInRound: number;
}

export interface UpstreamPools {
  of(upstream: CompiledRoute["upstream"]): UpstreamPool;
  close(): Promise<void>;
}

const ROUND_MS = 60_000;
/** Rounds without a request after which an upstream's connections are let go. */
const IDLE_ROUNDS = 5;
/** Idle sockets are ours to close first: below what servers commonly allow. */
const KEEP_ALIVE_MS = 30_000;

/** Bounded keep-alive pools, one for each origin and its limits, whoever's route leads there. */
export function createUpstreamPools(): UpstreamPools {
  const pools = new Map<string, UpstreamPool>();
  const known = new WeakMap<CompiledRoute["upstream"], UpstreamPool>();
  let round = 0;

  const sweep = setInterval(() => {
    round += 1;
    for (const [key, entry] of pools) {
      if (entry.inFlight > 0 || round - entry.usedInRound < IDLE_ROUNDS) continue;
      pools.delete(key);
      // Nothing is in flight: there is nothing to wait for and nobody to tell.
      entry.pool.close().catch(() => undefined);
    }
  }, ROUND_MS);
  sweep.unref();

  const open = ({ origin, spec }: CompiledRoute["upstream"]): UpstreamPool => {
    const key = `${origin} ${spec.connectTimeoutMs} ${spec.maxConnections}`;
    const existing = pools.get(key);
    if (existing !== undefined && !existing.pool.closed) return existing;
    const pool = new Pool(origin, {
      connections: spec.maxConnections,
      pipelining: 1,
      connect: { timeout: spec.connectTimeoutMs },
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: 65_536,
    });
    const entry = { pool, inFlight: 0, maxInFlight: spec.maxConnections * 4, usedInRound: round };
    pools.set(key, entry);
    return entry;
  };

  return {
    of(upstream) {
      let entry = known.get(upstream);
      if (entry === undefined || entry.pool.closed) {
        entry = open(upstream);
        known.set(upstream, entry);
      }
      entry.usedInRound = round;
      return entry;
    },
    async close() {
      clearInterval(sweep);
      await Promise.all([...pools.values()].map(({ pool }) => pool.destroy()));
    },
  };
}
