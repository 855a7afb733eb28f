import type { DemoTenant } from "./company.js";

/** A row of decision counts before it has a node. */
export interface TrafficRow {
  readonly minute: Date;
  readonly tenantSlug: string;
  readonly route: string;
  /** `allow` or a deny code. */
  readonly result: string;
  readonly count: number;
}

const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 60 * 60_000;

/** Numbers in [0, 1) that look random and are the same at every run (mulberry32's constants). */
function createNoise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Share of the peak at this time: a European working day, quieter at the weekend. */
function dayCurve(at: number): number {
  const date = new Date(at);
  const hour = date.getUTCHours() + date.getUTCMinutes() / 60;
  const day = 0.16 + 0.84 * Math.max(0, Math.sin(((hour - 4.5) / 17) * Math.PI)) ** 1.6;
  const weekend = date.getUTCDay() === 0 || date.getUTCDay() === 6;
  return weekend ? day * 0.55 : day;
}

function bucket(tenant: DemoTenant, at: number, lengthMs: number, noise: () => number): TrafficRow[] {
  const { traffic } = tenant;
  if (traffic === null) return [];
  const total = Math.round(traffic.peakPerSecond * (lengthMs / 1000) * dayCurve(at) * (0.92 + noise() * 0.16));
  const routes = Object.keys(tenant.routes);
  const route = routes[Math.floor(noise() * routes.length)] ?? "";
  const row = (result: string, count: number): TrafficRow => ({ minute: new Date(at), tenantSlug: tenant.slug, route, result, count });
  const weight = Object.values(traffic.codes).reduce((sum, part) => sum + part, 0);
  const denied = Object.entries(traffic.codes)
    .map(([code, part]) => row(code, Math.round(total * traffic.refused * (part / weight) * (0.6 + noise() * 0.8))))
    .filter(({ count }) => count > 0);
  const refused = denied.reduce((sum, { count }) => sum + count, 0);
  return total > refused ? [row("allow", total - refused), ...denied] : denied;
}

/** Two weeks by the hour, and the last day by quarters, up to the current quarter. */
export function trafficHistory(tenants: readonly DemoTenant[], now: number): TrafficRow[] {
  const noise = createNoise(43);
  const dayAgo = Math.floor((now - 24 * HOUR_MS) / HOUR_MS) * HOUR_MS;
  const rows: TrafficRow[] = [];
  for (const tenant of tenants) {
    for (let at = dayAgo - 13 * 24 * HOUR_MS; at < dayAgo; at += HOUR_MS) rows.push(...bucket(tenant, at, HOUR_MS, noise));
    for (let at = dayAgo; at < now - QUARTER_MS; at += QUARTER_MS) rows.push(...bucket(tenant, at, QUARTER_MS, noise));
  }
  return rows;
}
