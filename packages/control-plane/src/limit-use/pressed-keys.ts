import { createHash } from "node:crypto";
import { type FleetTransaction, type TenantTransaction, withFleet, withTenant } from "@sallyport/data";
import { canonicalJson } from "@sallyport/snapshot";
import { type LimitKey, limitKey, type PressedKey } from "@sallyport/snapshot/protocol";
import type { z } from "zod";
import { requireOnFleet, requireOnTenant } from "../access/require.js";
import type { FleetScope, TenantScope } from "../access/scope.js";
import type { ControlPlaneDeps } from "../deps.js";
import { parse } from "../validation.js";
import { topKeysInput } from "./limit-use.schemas.js";

/** Who comes close to a limit, or over it. */
export interface TopKey {
  /** What the policy counts by. Usernames, and subjects with an `@`, are pseudonyms. */
  readonly key: LimitKey;
  /** Requests over the limit: refused, held, or only observed. At least so many. */
  readonly over: number;
  /** Requests that passed with less than a fifth of the burst left. At least so many. */
  readonly near: number;
  /** So many more there may have been: nodes count a bounded number of keys. */
  readonly unseen: number;
}

export interface TopKeys {
  /** Of this time: quarters of an hour, the present one included. */
  readonly since: Date;
  /** Those that were over most often first, then those that came close; twenty at most. */
  readonly keys: readonly TopKey[];
}

/** The keys that press on a policy, from what nodes report every few seconds. */
export interface PressedKeys {
  /** Of a policy of the tenant's own. */
  topOf(scope: TenantScope, input: z.input<typeof topKeysInput>): Promise<TopKeys>;
  /** Of a policy of the fleet, whichever tenant was asked for. */
  topOfFleet(scope: FleetScope, input: z.input<typeof topKeysInput>): Promise<TopKeys>;
}

const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 60 * 60_000;
/** Kept for the longest view, and the quarter in which it begins. */
const KEPT_MS = 25 * HOUR_MS;
/** Of one policy in one quarter that is over. */
const KEPT_KEYS = 100;
const SHOWN = 20;

const quarterOf = (ms: number): Date => new Date(Math.floor(ms / QUARTER_MS) * QUARTER_MS);

/** Adds what a node reported. Rows are locked in one order, so that two nodes never wait for each other. */
export async function addPressedKeys(tx: FleetTransaction, keys: readonly PressedKey[], now: number): Promise<void> {
  if (keys.length === 0) return;
  const rows = keys.map(({ tenant, policy, key, over, near, unseen }) => ({
    ...{ tenant_slug: tenant ?? "", policy, key, over, near, unseen },
    key_id: createHash("sha256").update(canonicalJson(key)).digest("hex"),
  }));
  await tx.$executeRaw`
    insert into pressed_key (tenant_slug, policy, since, key_id, key, over, near, unseen)
    select tenant_slug, policy, ${quarterOf(now)}, key_id, min(key::text)::jsonb, sum(over), sum(near), sum(unseen)
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as r (tenant_slug text, policy text, key_id text, key jsonb, over bigint, near bigint, unseen bigint)
    group by 1, 2, 4 order by 1, 2, 4
    on conflict (tenant_slug, policy, since, key_id) do update
      set over = pressed_key.over + excluded.over, near = pressed_key.near + excluded.near, unseen = pressed_key.unseen + excluded.unseen`;
}

/** Takes away what nobody looks at any more: what is too old, and of quarters that are over all but the largest. */
export async function forgetPressedKeys(tx: FleetTransaction, now: number): Promise<void> {
  await tx.$executeRaw`delete from pressed_key where since < ${new Date(now - KEPT_MS)}`;
  await tx.$executeRaw`
    delete from pressed_key p using (
      select tenant_slug, policy, since, key_id,
        row_number() over (partition by tenant_slug, policy, since order by over desc, near desc, key_id) as place
      from pressed_key where since < ${quarterOf(now)} and since >= ${new Date(now - 2 * HOUR_MS)}
    ) r
    where r.place > ${KEPT_KEYS} and (p.tenant_slug, p.policy, p.since, p.key_id) = (r.tenant_slug, r.policy, r.since, r.key_id)`;
}

interface StoredKey {
  readonly key: unknown;
  readonly over: number;
  readonly near: number;
  readonly unseen: number;
}

async function read(tx: TenantTransaction | FleetTransaction, owner: string, policy: string, since: Date): Promise<TopKeys> {
  const rows = await tx.$queryRaw<StoredKey[]>`
    select key, sum(over)::float8 as over, sum(near)::float8 as near, sum(unseen)::float8 as unseen from pressed_key
    where tenant_slug = ${owner} and policy = ${policy} and since >= ${since}
    group by key_id, key order by 2 desc, 3 desc, key_id limit ${SHOWN}`;
  return { since, keys: rows.map(({ key, ...counts }) => ({ key: limitKey.parse(key), ...counts })) };
}

export function createPressedKeys({ data, clock }: Pick<ControlPlaneDeps, "data" | "clock">): PressedKeys {
  const sinceOf = (hours: number): Date => quarterOf(clock.now() - hours * HOUR_MS);
  return {
    async topOf(scope, raw) {
      requireOnTenant(scope, "tenant.read");
      const { policy, hours } = parse(topKeysInput, raw);
      return withTenant(data.app, scope.tenantId, (tx) => read(tx, scope.slug, policy, sinceOf(hours)));
    },
    async topOfFleet(scope, raw) {
      requireOnFleet(scope, "tenant.read");
      const { policy, hours } = parse(topKeysInput, raw);
      return withFleet(data.fleet, (tx) => read(tx, "", policy, sinceOf(hours)));
    },
  };
}
