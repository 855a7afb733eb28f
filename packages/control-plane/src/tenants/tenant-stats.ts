import { type DataClients, withFleet } from "@sallyport/data";
import type { z } from "zod";
import type { Actor } from "../access/actor.js";
import { readableTenants } from "../access/require.js";
import type { Clock } from "../deps.js";
import { parse } from "../validation.js";
import { tenantStatsInput } from "./tenants.schemas.js";

/** Requests of one hour. */
export interface SparkPoint {
  allowed: number;
  refused: number;
}
export interface TenantStats {
  readonly requests24h: number;
  readonly refused24h: number;
  /** 24 hours, the oldest first; the last one ends now. */
  readonly spark: readonly SparkPoint[];
}

const HOUR_MS = 3_600_000;
const HOURS = 24;

function totalsOf(spark: readonly SparkPoint[]): TenantStats {
  const refused24h = spark.reduce((sum, point) => sum + point.refused, 0);
  return { requests24h: refused24h + spark.reduce((sum, point) => sum + point.allowed, 0), refused24h, spark };
}

/** By slug, what happened to the tenants' requests in the last 24 hours. Slugs that the actor may not read are left out. */
export type ReadTenantStats = (actor: Actor, input: z.input<typeof tenantStatsInput>) => Promise<Record<string, TenantStats>>;

export function createTenantStats({ data, clock }: { readonly data: DataClients; readonly clock: Clock }): ReadTenantStats {
  return async (actor, raw) => {
    const { slugs: asked } = parse(tenantStatsInput, raw);
    const from = new Date(clock.now() - HOURS * HOUR_MS);
    return await withFleet(data.fleet, async (tx) => {
      const ids = readableTenants(actor);
      const readable = await tx.tenant.findMany({
        where: { slug: { in: asked }, ...(ids === "all" ? {} : { id: { in: ids } }) },
        select: { slug: true },
        orderBy: { slug: "asc" },
      });
      const slugs = readable.map(({ slug }) => slug);
      const rows = await tx.$queryRaw<{ slug: string; hour: number; allowed: number; refused: number }[]>`
        SELECT tenant_slug AS slug, least(floor(extract(epoch FROM minute - ${from}) / 3600), 23)::int AS hour,
               sum(count) FILTER (WHERE result = 'allow')::float8 AS allowed, sum(count) FILTER (WHERE result <> 'allow')::float8 AS refused
        FROM decision_count WHERE tenant_slug = ANY(${slugs}) AND minute >= ${from} GROUP BY 1, 2`;
      const sparks = new Map(slugs.map((slug) => [slug, Array.from({ length: HOURS }, (): SparkPoint => ({ allowed: 0, refused: 0 }))]));
      for (const { slug, hour, allowed, refused } of rows) {
        const point = sparks.get(slug)?.[hour];
        if (point === undefined) continue;
        point.allowed += allowed ?? 0;
        point.refused += refused ?? 0;
      }
      return Object.fromEntries([...sparks].map(([slug, spark]) => [slug, totalsOf(spark)]));
    });
  };
}
