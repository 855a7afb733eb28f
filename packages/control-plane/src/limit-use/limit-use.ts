import { type FleetTransaction, type TenantTransaction, withFleet, withTenant } from "@sallyport/data";
import { type AppliedLimit, limitPoliciesOf } from "@sallyport/pipeline";
import { FLEET_SECTION, type RateLimitPolicySpec, tenantSectionName } from "@sallyport/snapshot";
import { requireOnFleet, requireOnTenant } from "../access/require.js";
import type { FleetScope, TenantScope } from "../access/scope.js";
import type { ControlPlaneDeps } from "../deps.js";
import type { RevisionParts } from "../publish/revision-parts.js";
import { type RouteRequests, shareOfLimit, type UnknownUse, unknownUse } from "./share-of-limit.js";

/** Requests that rate limits refused. */
interface LimitRefusals {
  readonly last15Minutes: number;
  readonly last24Hours: number;
}

/** A share of a limit: 1 is all of it, on the average of the time. */
interface UsedShare {
  readonly share: number;
  /** The busiest route, where each has the limit for itself; else null. */
  readonly route: string | null;
}

/** How close a tenant is to one of its limits. */
export interface LimitUse {
  readonly policy: string;
  /** The fleet's; else the tenant's own. */
  readonly ofFleet: boolean;
  /** As it holds for this tenant: with the numbers of its plan or its own. */
  readonly spec: RateLimitPolicySpec;
  /** Why nobody can say here; null where it is said. */
  readonly unknown: UnknownUse | null;
  /** Of the last five full minutes. */
  readonly now: UsedShare | null;
  /** Of the busiest quarter of an hour of the last 24 hours, and when it began. */
  readonly busiest: (UsedShare & { readonly at: Date }) | null;
}

export interface TenantLimitUse {
  /** Whose policies these are: those of the newest published revision. Null before the first publish, and where the tenant is not in it. */
  readonly revision: number | null;
  /** In the order in which nodes look at them. */
  readonly limits: readonly LimitUse[];
  readonly refused: LimitRefusals;
}

/** A tenant whose requests were refused by rate limits. */
export interface LimitedTenant extends LimitRefusals {
  /** Slug. */
  readonly tenant: string;
}

/**
 * How close tenants are to their rate limits, from what nodes report of each minute: requests by tenant and route. What a limit counts by beyond
 * that (an address, a subject) stays at the nodes.
 */
export interface LimitUses {
  ofTenant(scope: TenantScope): Promise<TenantLimitUse>;
  /** Those with the most refusals of the last 24 hours first, twenty at most. */
  limitedTenants(scope: FleetScope): Promise<LimitedTenant[]>;
}

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const NOW_MS = 5 * MINUTE_MS;
const MOST_TENANTS = 20;

/** Requests that limits have counted: the others were refused before. */
const COUNTED = ["allow", "rate_limited"];

interface QuarterRequests extends RouteRequests {
  readonly quarter: number;
}

const numberOf = (value: number | null | undefined): number => value ?? 0;

async function requestsOf(tx: TenantTransaction, slug: string, now: number) {
  const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const dayAgo = new Date(Math.floor((now - DAY_MS) / QUARTER_MS + 1) * QUARTER_MS);
  const recent = await tx.$queryRaw<RouteRequests[]>`
    SELECT route, sum(count)::float8 AS requests FROM decision_count
    WHERE tenant_slug = ${slug} AND minute >= ${new Date(minute - NOW_MS)} AND minute < ${new Date(minute)} AND result = ANY(${COUNTED}) GROUP BY 1`;
  const quarters = await tx.$queryRaw<QuarterRequests[]>`
    SELECT route, floor(extract(epoch FROM minute) / 900)::int AS quarter, sum(count)::float8 AS requests FROM decision_count
    WHERE tenant_slug = ${slug} AND minute >= ${dayAgo} AND minute < ${new Date(Math.floor(now / QUARTER_MS) * QUARTER_MS)} AND result = ANY(${COUNTED})
    GROUP BY 1, 2 ORDER BY 2`;
  const [refused] = await tx.$queryRaw<{ quarter: number | null; day: number | null }[]>`
    SELECT sum(count) FILTER (WHERE minute >= ${new Date(now - QUARTER_MS)})::float8 AS quarter, sum(count)::float8 AS day FROM decision_count
    WHERE tenant_slug = ${slug} AND minute >= ${new Date(now - DAY_MS)} AND result = 'rate_limited'`;
  return { recent, quarters, refused: { last15Minutes: numberOf(refused?.quarter), last24Hours: numberOf(refused?.day) } };
}

function busiestOf(limit: AppliedLimit, quarters: readonly QuarterRequests[]): LimitUse["busiest"] {
  const byQuarter = new Map<number, RouteRequests[]>();
  for (const { quarter, ...requests } of quarters) byQuarter.set(quarter, [...(byQuarter.get(quarter) ?? []), requests]);
  let busiest: LimitUse["busiest"] = null;
  for (const [quarter, requests] of byQuarter) {
    const used = shareOfLimit(limit, requests, QUARTER_MS);
    if (used.share > (busiest?.share ?? 0)) busiest = { ...used, at: new Date(quarter * QUARTER_MS) };
  }
  return busiest;
}

export function createLimitUses(deps: Pick<ControlPlaneDeps, "data" | "clock">, parts: Pick<RevisionParts, "readLive" | "sections">): LimitUses {
  /** What nodes look at for this tenant. */
  async function liveLimits(tx: FleetTransaction, slug: string): Promise<{ revision: number | null; limits: readonly AppliedLimit[] }> {
    const live = await parts.readLive(tx);
    const [fleetHash, tenantHash] = [live?.manifest[FLEET_SECTION], live?.manifest[tenantSectionName(slug)]];
    if (live === null || fleetHash === undefined || tenantHash === undefined) return { revision: null, limits: [] };
    const sections = await parts.sections.get(tx, [fleetHash, tenantHash]);
    const [fleet, tenant] = [sections.get(fleetHash), sections.get(tenantHash)];
    if (fleet?.kind !== "fleet" || tenant?.kind !== "tenant") return { revision: null, limits: [] };
    return { revision: live.number, limits: limitPoliciesOf(tenant, fleet.rateLimitPolicies) };
  }

  return {
    async ofTenant(scope) {
      requireOnTenant(scope, "tenant.read");
      const [{ revision, limits }, { recent, quarters, refused }] = await Promise.all([
        withFleet(deps.data.fleet, (tx) => liveLimits(tx, scope.slug)),
        withTenant(deps.data.app, scope.tenantId, (tx) => requestsOf(tx, scope.slug, deps.clock.now())),
      ]);
      const useOf = (limit: AppliedLimit): LimitUse => {
        const { name, spec, scope: of } = limit;
        const unknown = unknownUse(limit);
        return {
          ...{ policy: name, ofFleet: of.startsWith("fleet/"), spec, unknown },
          now: unknown === null ? shareOfLimit(limit, recent, NOW_MS) : null,
          busiest: unknown === null ? busiestOf(limit, quarters) : null,
        };
      };
      return { revision, limits: limits.map(useOf), refused };
    },

    async limitedTenants(scope) {
      requireOnFleet(scope, "tenant.read");
      const now = deps.clock.now();
      const rows = await withFleet(
        deps.data.fleet,
        (tx) => tx.$queryRaw<{ tenant: string; quarter: number | null; day: number }[]>`
          SELECT tenant_slug AS tenant, sum(count) FILTER (WHERE minute >= ${new Date(now - QUARTER_MS)})::float8 AS quarter, sum(count)::float8 AS day
          FROM decision_count WHERE minute >= ${new Date(now - DAY_MS)} AND result = 'rate_limited' AND tenant_slug <> ''
          GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT ${MOST_TENANTS}`,
      );
      return rows.map(({ tenant, quarter, day }) => ({ tenant, last15Minutes: numberOf(quarter), last24Hours: day }));
    },
  };
}
