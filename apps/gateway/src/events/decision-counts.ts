import type { DecisionCount } from "@sallyport/snapshot/protocol";

/** Decisions by minute, tenant, route and result. Counting is three look-ups and an increment. */
export interface DecisionCounts {
  /** @param result `allow` or a deny code */
  count(tenant: string | null, route: string | null, result: string): void;
  /** Everything since the last call, stamped with the minute in which that time began. At most `most` rows; the rest stays. */
  take(nowMs: number, most: number): DecisionCount[];
  readonly empty: boolean;
}

type ByResult = Map<string, number>;
type ByRoute = Map<string | null, ByResult>;

function within<K, I, V>(outer: Map<K, Map<I, V>>, key: K): Map<I, V> {
  const known = outer.get(key);
  if (known !== undefined) return known;
  const fresh = new Map<I, V>();
  outer.set(key, fresh);
  return fresh;
}

export function createDecisionCounts(startMs: number): DecisionCounts {
  const tenants = new Map<string | null, ByRoute>();
  let sinceMs = startMs;

  return {
    count(tenant, route, result) {
      const routes = within(tenants, tenant);
      const results = within(routes, route);
      results.set(result, (results.get(result) ?? 0) + 1);
    },
    take(nowMs, most) {
      const minute = new Date(Math.floor(sinceMs / 60_000) * 60_000).toISOString();
      const rows: DecisionCount[] = [];
      for (const [tenant, routes] of tenants) {
        for (const [route, results] of routes) {
          for (const [result, count] of results) {
            if (rows.length === most) return rows;
            rows.push({ minute, tenant, route, result, count });
            results.delete(result);
          }
          routes.delete(route);
        }
        tenants.delete(tenant);
      }
      sinceMs = nowMs;
      return rows;
    },
    get empty() {
      return tenants.size === 0;
    },
  };
}
