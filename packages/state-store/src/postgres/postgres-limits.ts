import type { Lease, LimitStore } from "../limits/lease.js";
import type { Statement, StatePool } from "./state-pool.js";

const LEASE: Statement = {
  name: "limit_lease",
  text: "SELECT granted, opens_ms, wait_ms, remaining FROM lease_limits($1, $2, $3, $4, $5, $6, $7, $8, $9)",
};
const PRESENT: Statement = {
  name: "limit_present",
  text: `WITH me AS (
      INSERT INTO limit_node VALUES ($1, clock_timestamp()) ON CONFLICT (node) DO UPDATE SET seen_at = clock_timestamp()
    )
    SELECT 1 + count(*)::int AS nodes FROM limit_node WHERE node <> $1 AND seen_at > clock_timestamp() - $2::float8 * interval '1 millisecond'`,
};

interface LeaseRow {
  granted: number;
  opens_ms: number;
  wait_ms: number;
  remaining: number;
}

/** Buckets in PostgreSQL: one call for all that a node asks for at once. */
export function createPostgresLimits(pool: StatePool): LimitStore {
  return {
    async lease(requests, { horizonMs, nodes }) {
      // Locks are taken in one order, whoever asks.
      const order = requests.map((_, index) => index).sort((a, b) => compare(requests[a]?.key ?? "", requests[b]?.key ?? ""));
      const column = <T>(read: (request: (typeof requests)[number]) => T): T[] =>
        order.flatMap((index) => requests.slice(index, index + 1).map(read));
      const { rows } = await pool.run<LeaseRow>(LEASE, [
        column(({ key }) => key),
        column(({ windowSeconds, limit }) => (windowSeconds * 1_000) / limit),
        column(({ burst }) => burst),
        column(({ used }) => used),
        column(({ usedSinceMs }) => usedSinceMs),
        column(({ returned }) => returned),
        column(({ want }) => want),
        horizonMs,
        nodes,
      ]);
      const leases: Lease[] = [];
      order.forEach((index, at) => {
        const row = rows[at];
        if (row === undefined) throw new Error("the database answered for fewer buckets than it was asked about");
        leases[index] = { granted: row.granted, opensMs: row.opens_ms, waitMs: row.wait_ms, remaining: row.remaining };
      });
      return leases;
    },
    async present(node, silentMs) {
      const { rows } = await pool.run<{ nodes: number }>(PRESENT, [node, silentMs]);
      return rows[0]?.nodes ?? 1;
    },
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
