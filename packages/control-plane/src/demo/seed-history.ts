import { uuidv7 } from "uuidv7";
import type { ControlPlaneDeps } from "../deps.js";
import { ingestEvents } from "../security/ingest-events.js";
import type { Reporter } from "../security/record-alerts.js";
import { type DemoSurroundings, demoTenants } from "./chapters.js";
import { DEMO_INCIDENTS, eventsOf, type Incident } from "./incidents.js";
import { reportLimits } from "./limit-history.js";
import { type DemoWorld, openDemoWorld } from "./seed-configuration.js";
import { trafficHistory } from "./traffic.js";

const MINUTE_MS = 60_000;
const BATCH = 4_000;

/** What nodes would have reported over two weeks, through the same door as their own reports. */
async function reportTraffic({ deps }: DemoWorld, nodes: readonly Reporter[], surroundings: DemoSurroundings, now: number): Promise<void> {
  const rows = trafficHistory(demoTenants(surroundings), now);
  for (const [index, node] of nodes.entries()) {
    // Node by node its share; the first takes what does not divide.
    const share = (count: number) => (index === 0 ? count - Math.floor(count / nodes.length) * (nodes.length - 1) : Math.floor(count / nodes.length));
    const counts = rows
      .map(({ minute, tenantSlug, route, result, count }) => ({
        minute: minute.toISOString(),
        tenant: tenantSlug,
        route,
        result,
        count: share(count),
      }))
      .filter(({ count }) => count > 0);
    for (let start = 0; start < counts.length; start += BATCH)
      await ingestEvents(deps, node, { batch: uuidv7(), events: [], counts: counts.slice(start, start + BATCH), dropped: 0 });
  }
}

/** When acme's keys were used last, as the first node would tell. */
async function reportKeyUses({ deps }: DemoWorld, node: Reporter, now: number): Promise<void> {
  const use = (name: string, minutesAgo: number, previous = false) => ({
    ...{ tenant: "acme", name, previous },
    lastUsedAt: new Date(now - minutesAgo * MINUTE_MS).toISOString(),
  });
  const keyUses = [use("ci-runner", 4), use("nightly-export", 190), use("nightly-export", 1_110, true)];
  await ingestEvents(deps, node, { batch: uuidv7(), events: [], counts: [], keyUses, dropped: 0 });
}

async function reportIncident({ controlPlane, deps, at, actor }: DemoWorld, node: Reporter, incident: Incident, now: number): Promise<void> {
  at(now - incident.lastMinutesAgo * MINUTE_MS);
  await ingestEvents(deps, node, { batch: uuidv7(), events: eventsOf(incident, now), counts: [], dropped: 0 });
  for (const { minutesAgo, by, action, note } of incident.reactions) {
    at(now - minutesAgo * MINUTE_MS);
    const { items } = await controlPlane.alerts.list(actor(by), {
      kind: incident.kind,
      ...(incident.event.tenant ? { tenant: incident.event.tenant } : {}),
    });
    const alert = items[0];
    if (alert === undefined) throw new Error(`The incident ${incident.kind} of the demo made no alert.`);
    const { number, version } = alert;
    if (action === "acknowledge") await controlPlane.alerts.acknowledge(actor(by), { number, version, note });
    else await controlPlane.alerts.close(actor(by), { number, version, reason: note });
  }
}

/** Traffic of the present nodes from before today's start is the demo's past: it is told once. */
export async function isDemoHistoryTold({ data, clock }: ControlPlaneDeps): Promise<boolean> {
  const nodes = await data.fleet.node.findMany({ where: { status: "active" }, select: { id: true } });
  const minute = { lt: new Date(clock.now() - 12 * 60 * MINUTE_MS) };
  return (await data.fleet.decisionCount.findFirst({ where: { minute, nodeId: { in: nodes.map(({ id }) => id) } } })) !== null;
}

/**
 * Two weeks of traffic and two days of incidents, reported by the nodes that have enrolled.
 * Does nothing before a node has enrolled, or when there is traffic from before today's start already.
 */
export async function seedDemoHistory(deps: ControlPlaneDeps, surroundings: DemoSurroundings): Promise<boolean> {
  const { fleet } = deps.data;
  const now = deps.clock.now();
  const [nodes, told] = await Promise.all([fleet.node.findMany({ where: { status: "active" }, orderBy: { name: "asc" } }), isDemoHistoryTold(deps)]);
  // Alerts say nothing here: nodes report the demo's unreachable provider within seconds of their first start.
  if (nodes.length === 0 || told) return false;
  const world = await openDemoWorld(deps);
  try {
    await reportTraffic(world, nodes, surroundings, now);
    if (nodes[0] !== undefined) await reportKeyUses(world, nodes[0], now);
    await reportLimits(world, nodes, now);
    for (const [index, incident] of DEMO_INCIDENTS.entries()) {
      const node = nodes[index % nodes.length];
      if (node !== undefined) await reportIncident(world, node, incident, now);
    }
  } finally {
    await world.controlPlane.close();
  }
  return true;
}
