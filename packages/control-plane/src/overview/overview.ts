import { type FleetTransaction, withFleet } from "@sallyport/data";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant } from "../access/require.js";
import { ALERT_ROW, type AlertRow, toAlertRow } from "../alerts/alert-rows.js";
import { type AuditRow, toAuditRow } from "../audit/audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { readHealthFacts } from "../health/facts.js";
import type { HealthChecks, Problem } from "../health/health.js";
import type { NodeRow } from "../nodes/node-rows.js";
import { type Health, healthOfFleet } from "./health-sentence.js";
import { type SeriesPoint, trafficSeries } from "./traffic-series.js";

interface OverviewFigures {
  readonly requestsPerSecond: number;
  /** Between 0 and 1, of the last hour; 0 without traffic. */
  readonly refusedShare: number;
  /** Time in the pipeline, µs: the middle node's, and the slowest node's. Null without traffic. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly nodesServing: number;
  readonly nodesTotal: number;
}

/** The first page: is anything wrong right now? */
export interface OverviewData {
  readonly health: Health;
  /** Worst first. */
  readonly problems: readonly Problem[];
  readonly figures: OverviewFigures;
  readonly series: readonly SeriesPoint[];
  /** Worst first, then newest; empty for those who may not read alerts. */
  readonly openAlerts: readonly AlertRow[];
  /** Newest first; empty for those who may not read the audit log. */
  readonly lastChanges: readonly AuditRow[];
  readonly live: {
    readonly number: number;
    readonly applied: number;
    readonly targets: number;
    readonly state: "pending" | "live" | "superseded";
    /** It goes, or went, in stages, and the reader may see how. */
    readonly isStaged: boolean;
  } | null;
}

export interface Overview {
  get(actor: Actor): Promise<OverviewData>;
}

const ALERTS_SHOWN = 6;
const CHANGES_SHOWN = 8;
const LAST_HOUR = 4;

const middle = (values: readonly number[]): number | null => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null;

function figuresOf(nodes: readonly NodeRow[], series: readonly SeriesPoint[]): OverviewFigures {
  const active = nodes.filter(({ status }) => status === "active");
  const recent = series.slice(-LAST_HOUR);
  const refused = recent.reduce((sum, point) => sum + point.refused, 0);
  const all = refused + recent.reduce((sum, point) => sum + point.allowed, 0);
  const p95s = active.flatMap(({ p95 }) => p95 ?? []);
  return {
    requestsPerSecond: active.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0),
    refusedShare: all === 0 ? 0 : refused / all,
    p50: middle(active.flatMap(({ p50 }) => p50 ?? [])),
    p95: p95s.length === 0 ? null : Math.max(...p95s),
    nodesServing: active.filter(({ health }) => health === "serving").length,
    nodesTotal: active.length,
  };
}

/** The database orders severities as its type lists them: critical first. */
async function openAlerts(tx: FleetTransaction): Promise<AlertRow[]> {
  const orderBy = [{ severity: "asc" as const }, { lastSeenAt: "desc" as const }];
  return (await tx.alert.findMany({ where: { status: "open" }, orderBy, take: ALERTS_SHOWN, select: ALERT_ROW })).map(toAlertRow);
}

/** Sessions of console and portal change nothing. */
const COMING_AND_GOING = { OR: [{ action: { startsWith: "session." } }, { action: { startsWith: "portal_session." } }] };

/** Changes by people, their tokens, and people of tenants; what the nodes and the system do on their own is told elsewhere. */
async function lastChanges(tx: FleetTransaction): Promise<AuditRow[]> {
  const where = { actorKind: { in: ["person" as const, "api_token" as const, "portal" as const] }, NOT: COMING_AND_GOING };
  return (await tx.auditRecord.findMany({ where, orderBy: [{ at: "desc" }, { id: "desc" }], take: CHANGES_SHOWN })).map(toAuditRow);
}

export function createOverview(deps: ControlPlaneDeps, health: Pick<HealthChecks, "problems">): Overview {
  return {
    async get(actor) {
      requireFleetGrant(actor, "fleet.read");
      const now = deps.clock.now();
      const may = (permission: "draft.read" | "alert.read" | "audit.read"): boolean => actor.grants.fleet.has(permission);
      const facts = readHealthFacts(deps);
      const problems = await health.problems(actor, facts);
      const [nodes, live] = await Promise.all([facts.nodes(), facts.live()]);
      return withFleet(deps.data.fleet, async (tx) => {
        const isStaged = live !== null && may("draft.read") && (await tx.rollout.count({ where: { revision: live.number } })) > 0;
        const series = await trafficSeries(tx, now);
        return {
          health: healthOfFleet(nodes, live, problems),
          problems,
          figures: figuresOf(nodes, series),
          series,
          openAlerts: may("alert.read") ? await openAlerts(tx) : [],
          lastChanges: may("audit.read") ? await lastChanges(tx) : [],
          live: live === null ? null : { number: live.number, applied: live.applied, targets: live.targets, state: live.state, isStaged },
        };
      });
    },
  };
}
