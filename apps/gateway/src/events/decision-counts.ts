import type { DecisionCount } from "@sallyport/snapshot/protocol";

/** The compiled route by which a request was let in; it is of one tenant. */
interface CountedRoute {
  readonly name: string;
}

/** Decisions by minute, tenant, route and result. */
export interface DecisionCounts {
  /** One look-up and an increment: almost all requests come here. */
  allowed(tenant: string, route: CountedRoute): void;
  /** @param result what is not `allow`: a deny code */
  count(tenant: string | null, route: string | null, result: string): void;
  /** Everything since the last call, stamped with the minute in which that time began. */
  take(nowMs: number): DecisionCount[];
  readonly empty: boolean;
}

type ByResult = Map<string, number>;
type ByRoute = Map<string | null, ByResult>;

interface Allowed {
  readonly tenant: string;
  count: number;
}

function within<K, I, V>(outer: Map<K, Map<I, V>>, key: K): Map<I, V> {
  const known = outer.get(key);
  if (known !== undefined) return known;
  const fresh = new Map<I, V>();
  outer.set(key, fresh);
  return fresh;
}

export function createDecisionCounts(startMs: number): DecisionCounts {
  const tenants = new Map<string | null, ByRoute>();
  // Kept from one call to the next: made anew for each of ten thousand tenants they would cost the collector more than all the counting.
  const allowed = new Map<CountedRoute, Allowed>();
  let anyAllowed = false;
  let sinceMs = startMs;

  /** A route that was compiled again is two here and must be one row; one that nobody came to since the last call is forgotten. */
  const takeAllowed = (minute: string): DecisionCount[] => {
    const taken = new Map<string, DecisionCount>();
    for (const [route, each] of allowed) {
      if (each.count === 0) {
        allowed.delete(route);
        continue;
      }
      const key = `${each.tenant} ${route.name}`;
      const before = taken.get(key)?.count ?? 0;
      taken.set(key, { minute, tenant: each.tenant, route: route.name, result: "allow", count: before + each.count });
      each.count = 0;
    }
    anyAllowed = false;
    return [...taken.values()];
  };

  return {
    allowed(tenant, route) {
      const known = allowed.get(route);
      anyAllowed = true;
      if (known === undefined) allowed.set(route, { tenant, count: 1 });
      else known.count += 1;
    },
    count(tenant, route, result) {
      const results = within(within(tenants, tenant), route);
      results.set(result, (results.get(result) ?? 0) + 1);
    },
    take(nowMs) {
      const minute = new Date(Math.floor(sinceMs / 60_000) * 60_000).toISOString();
      const rows = takeAllowed(minute);
      for (const [tenant, routes] of tenants) {
        for (const [route, results] of routes) {
          for (const [result, count] of results) rows.push({ minute, tenant, route, result, count });
        }
      }
      tenants.clear();
      sinceMs = nowMs;
      return rows;
    },
    get empty() {
      return tenants.size === 0 && !anyAllowed;
    },
  };
}
