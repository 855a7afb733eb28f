import { type CompiledRoute, type HostSlot, SlotMap } from "@sallyport/pipeline";
import { type DecidedBy, type DecisionCount, MAX_DECIDED } from "@sallyport/snapshot/protocol";

/** Decisions by minute, tenant, route and result. */
export interface DecisionCounts {
  /** An increment: almost all requests come here. @param route by which it was let in; it is of one tenant */
  allowed(tenant: string, route: CountedRoute): void;
  /** @param result what is not `allow`: a deny code */
  count(tenant: string | null, route: string | null, result: string): void;
  /** From here on this revision decides. */
  runs(revision: number): void;
  /** Everything since the last call, stamped with the minute in which that time began. */
  take(nowMs: number): TakenCounts;
  /** Nothing was counted before this moment: what comes is not of a minute that is long over. */
  beginAt(nowMs: number): void;
  readonly empty: boolean;
}

interface TakenCounts {
  readonly rows: DecisionCount[];
  /** The same decisions by the revision that took them. */
  readonly decided: DecidedBy[];
}

type ByResult = Map<string, number>;
type ByRoute = Map<string | null, ByResult>;

type CountedRoute = HostSlot & Pick<CompiledRoute, "name">;

interface Allowed {
  readonly tenant: string;
  readonly route: string;
  count: number;
}

function within<K, I, V>(outer: Map<K, Map<I, V>>, key: K): Map<I, V> {
  const known = outer.get(key);
  if (known !== undefined) return known;
  const fresh = new Map<I, V>();
  outer.set(key, fresh);
  return fresh;
}

interface Share {
  readonly total: number;
  readonly refused: number;
}
const NONE: Share = { total: 0, refused: 0 };

export function createDecisionCounts(startMs: number): DecisionCounts {
  const tenants = new Map<string | null, ByRoute>();
  // Kept from one call to the next: made anew for each of ten thousand tenants they would cost the collector more than all the counting.
  const allowed = new SlotMap<Allowed>();
  let counted: Allowed[] = [];
  let sinceMs = startMs;
  let running: number | null = null;
  /** What was told to a revision of all that is counted. */
  let told = NONE;
  let shares = new Map<number | null, Share>();

  const sum = (): Share => {
    const share = { total: 0, refused: 0 };
    for (const { count } of counted) share.total += count;
    for (const results of [...tenants.values()].flatMap((routes) => [...routes.values()])) {
      for (const count of results.values()) {
        share.total += count;
        share.refused += count;
      }
    }
    return share;
  };
  /** Tells the running revision what came since. Of very many revisions the oldest takes what the others would have had. */
  const settle = (): void => {
    const now = sum();
    const [oldest] = shares.keys();
    const of = shares.size < MAX_DECIDED || shares.has(running) || oldest === undefined ? running : oldest;
    const { total, refused } = shares.get(of) ?? NONE;
    if (now.total > told.total) shares.set(of, { total: total + now.total - told.total, refused: refused + now.refused - told.refused });
    told = now;
  };

  /** A route that was compiled again is two here, and must be one row. */
  const takeAllowed = (minute: string): DecisionCount[] => {
    const taken = new Map<string, DecisionCount>();
    for (const each of counted) {
      const { tenant, route } = each;
      const key = `${tenant} ${route}`;
      taken.set(key, { minute, tenant, route, result: "allow", count: (taken.get(key)?.count ?? 0) + each.count });
      each.count = 0;
    }
    counted = [];
    return [...taken.values()];
  };

  return {
    allowed(tenant, route) {
      let each = allowed.get(route);
      if (each === undefined) {
        each = { tenant, route: route.name, count: 0 };
        allowed.set(route, each);
      }
      if (each.count === 0) counted.push(each);
      each.count += 1;
    },
    count(tenant, route, result) {
      const results = within(within(tenants, tenant), route);
      results.set(result, (results.get(result) ?? 0) + 1);
    },
    runs(revision) {
      settle();
      running = revision;
    },
    take(nowMs) {
      const minute = new Date(Math.floor(sinceMs / 60_000) * 60_000).toISOString();
      settle();
      const decided = [...shares].map(([revision, share]) => ({ revision, minute, ...share }));
      shares = new Map();
      told = NONE;
      const rows = takeAllowed(minute);
      for (const [tenant, routes] of tenants) {
        for (const [route, results] of routes) {
          for (const [result, count] of results) rows.push({ minute, tenant, route, result, count });
        }
      }
      tenants.clear();
      sinceMs = nowMs;
      return { rows, decided };
    },
    beginAt(nowMs) {
      sinceMs = nowMs;
    },
    get empty() {
      return tenants.size === 0 && counted.length === 0;
    },
  };
}
