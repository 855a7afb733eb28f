import { type FleetTransaction, Prisma, withFleet } from "@sallyport/data";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant, requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound } from "../errors.js";
import { decodeCursor, encodeCursor, literally, type Page, pageOf } from "../page.js";
import { parse } from "../validation.js";
import { askNodes } from "./ask-nodes.js";
import { createRadarEngine, type RadarEngine, type RadarParts } from "./engine.js";
import { readHolders } from "./holders.js";
import { listRadarInput, RADAR_STATES, radarProviderInput } from "./radar.schemas.js";
import { type RadarDetail, type RadarRow, type StoredRadarRow, toRadarDetail, toRadarRow } from "./radar-rows.js";
import { readUsers } from "./record-probe.js";

export type RadarCounts = Readonly<Record<(typeof RADAR_STATES)[number], number>>;
export interface RadarPage extends Page<RadarRow> {
  /** Of all providers, whatever the filters. */
  readonly counts: RadarCounts;
  readonly total: number;
}

/** How identity providers of live configuration are, as the control plane sees them, and which node holds which of their keys. */
export interface Radar extends Pick<RadarEngine, "look" | "start" | "close"> {
  /** All of the fleet, the most pressing first. */
  list(actor: Actor, input: z.input<typeof listRadarInput>): Promise<RadarPage>;
  /** Those of one tenant, the most pressing first. */
  ofTenant(scope: TenantScope): Promise<RadarRow[]>;
  /** Null for a provider that is not in live configuration, or has no keys to be asked for: it is not watched. */
  find(scope: TenantScope, input: z.input<typeof radarProviderInput>): Promise<RadarDetail | null>;
  /** @throws ServiceError `not_found` for one that is not watched */
  get(scope: TenantScope, input: z.input<typeof radarProviderInput>): Promise<RadarDetail>;
  /**
   * Asks it now, unless that was done within the last seconds or is under way.
   * @throws ServiceError as `get` does
   */
  probe(scope: TenantScope, input: z.input<typeof radarProviderInput>): Promise<RadarDetail>;
}

/** Somebody who asks again and again has it asked so often. */
const AGAIN_AFTER_MS = 5_000;

const COLUMNS = Prisma.sql`u.tenant_slug, u.provider, u.target_id, t.issuer, t.url, t.state::text as state, t.code, t.detail, t.failing_since, t.probed_at,
  t.ok_at, t.next_at, t.ms, t.findings, t.facts,
  (select count(*)::int from radar_key k where k.target_id = t.id and k.vanished_at is null) as keys,
  array_position(${[...RADAR_STATES]}::text[], t.state::text) as rank`;
const FROM = Prisma.sql`radar_use u join radar_target t on t.id = u.target_id`;
type Ranked = StoredRadarRow & { readonly rank: number };

const cursorShape = z.tuple([z.int(), z.string(), z.string()]);

function filterOf({ state, query }: z.output<typeof listRadarInput>): Prisma.Sql {
  const byState = state === undefined ? Prisma.empty : Prisma.sql`and t.state = ${state}::radar_state`;
  if (!query) return byState;
  const like = `%${literally(query.toLowerCase())}%`;
  return Prisma.sql`${byState} and (u.tenant_slug like ${like} or u.provider like ${like} or lower(t.issuer) like ${like})`;
}

async function countsOf(tx: FleetTransaction): Promise<RadarCounts> {
  const rows = await tx.$queryRaw<{ state: (typeof RADAR_STATES)[number]; count: number }[]>`
    select t.state::text as state, count(*)::int as count from ${FROM} group by t.state`;
  const found = new Map(rows.map(({ state, count }) => [state, count]));
  return {
    failing: found.get("failing") ?? 0,
    attention: found.get("attention") ?? 0,
    waiting: found.get("waiting") ?? 0,
    well: found.get("well") ?? 0,
  };
}

export function createRadar(deps: ControlPlaneDeps, parts: RadarParts): Radar {
  const engine = createRadarEngine(deps, parts);

  async function rowOf(tx: FleetTransaction, { slug }: TenantScope, name: string): Promise<Ranked | null> {
    const [row] = await tx.$queryRaw<Ranked[]>`select ${COLUMNS} from ${FROM} where u.tenant_slug = ${slug} and u.provider = ${name}`;
    return row ?? null;
  }
  const unwatched = () => notFound("identity provider in live configuration");

  const find: Radar["find"] = (scope, raw) => {
    requireOnTenant(scope, "tenant.read");
    const { name } = parse(radarProviderInput, raw);
    return withFleet(deps.data.fleet, async (tx) => {
      const row = await rowOf(tx, scope, name);
      if (row === null) return null;
      const keys = await tx.radarKey.findMany({ where: { targetId: row.target_id } });
      // Of others that ask the same, a tenant learns how many they are.
      const { count } = await readUsers(tx, row.target_id);
      const own = [{ tenant: scope.slug, provider: name }];
      await askNodes(tx, own, deps.clock.now());
      const holders = await readHolders(tx, own, deps.clock.now());
      return toRadarDetail(row, { keys, holders, sharedBy: count, seesNodes: scope.actor.grants.fleet.has("node.read") });
    });
  };

  const get: Radar["get"] = async (scope, input) => {
    const found = await find(scope, input);
    if (found === null) throw unwatched();
    return found;
  };

  return {
    look: engine.look,
    start: engine.start,
    close: engine.close,
    find,
    get,

    async list(actor, raw) {
      requireFleetGrant(actor, "tenant.read");
      const input = parse(listRadarInput, raw);
      const filter = filterOf(input);
      const after = input.cursor === undefined ? null : decodeCursor(input.cursor, cursorShape);
      const later =
        after === null
          ? Prisma.empty
          : Prisma.sql`and (array_position(${[...RADAR_STATES]}::text[], t.state::text), u.tenant_slug, u.provider) > (${after[0]}::int, ${after[1]}, ${after[2]})`;
      return withFleet(deps.data.fleet, async (tx) => {
        const rows = await tx.$queryRaw<Ranked[]>`
          select ${COLUMNS} from ${FROM} where true ${filter} ${later} order by rank, u.tenant_slug, u.provider limit ${input.limit + 1}`;
        const [all] = await tx.$queryRaw<{ total: number }[]>`select count(*)::int as total from ${FROM} where true ${filter}`;
        const cursorOf = ({ rank, tenant_slug, provider }: Ranked) => encodeCursor([rank, tenant_slug, provider]);
        return { ...pageOf(rows, input.limit, cursorOf, toRadarRow), total: all?.total ?? 0, counts: await countsOf(tx) };
      });
    },

    async ofTenant(scope) {
      requireOnTenant(scope, "tenant.read");
      return withFleet(deps.data.fleet, async (tx) => {
        const rows = await tx.$queryRaw<Ranked[]>`select ${COLUMNS} from ${FROM} where u.tenant_slug = ${scope.slug} order by rank, u.provider`;
        return rows.map(toRadarRow);
      });
    },

    async probe(scope, raw) {
      requireOnTenant(scope, "idp.write");
      const { name } = parse(radarProviderInput, raw);
      const row = await withFleet(deps.data.fleet, (tx) => rowOf(tx, scope, name));
      if (row === null) throw unwatched();
      const isRecent = row.probed_at !== null && deps.clock.now() - row.probed_at.getTime() < AGAIN_AFTER_MS;
      if (!isRecent) await engine.lookAt(row.target_id);
      return get(scope, { name });
    },
  };
}
