import type { FleetTransaction } from "@sallyport/data";
import type { ProbeTarget } from "@sallyport/idp-client";
import { DEFAULT_IDENTITY_PROVIDER_NAME, FLEET_SECTION, type Manifest } from "@sallyport/snapshot";
import { z } from "zod";
import type { LiveRevision } from "../publish/live-revision.js";
import { storedManifest } from "../publish/stored-manifest.js";
import { resolveAlerts } from "../security/resolve-alerts.js";
import { storedFindings } from "./findings.js";
import { targetId, targetOf, type WatchedProvider, watchedProvider } from "./target.js";

/** Under which `radar_use` has the fleet's default provider: no tenant is called so. */
export const NO_TENANT = "";

interface Use {
  readonly tenant: string;
  readonly provider: string;
  readonly target: ProbeTarget;
}

const TENANTS = "tenants/";
const CHUNK = 1_000;
/** Of a fleet that is new to the radar, the first probes are spread: so many a second at most, and all within an interval. */
const FIRST_PER_SECOND = 40;

const tenantProviders = z.record(z.string(), watchedProvider);
const fleetDefault = watchedProvider.omit({ status: true }).nullable().catch(null);

const useOf = (tenant: string, provider: string, declared: WatchedProvider): Use[] => {
  const target = targetOf(declared);
  return target === null ? [] : [{ tenant, provider, target }];
};

async function previousManifest(tx: FleetTransaction, revision: number | undefined): Promise<Manifest> {
  const row = revision === undefined ? null : await tx.revision.findUnique({ where: { number: revision }, select: { manifest: true } });
  return row === null ? {} : storedManifest(row.manifest);
}

/** The uses of these sections. Read in part and not by the section store: of ten thousand tenants nothing else is wanted. */
async function usesOf(tx: FleetTransaction, sections: ReadonlyMap<string, string>): Promise<Use[]> {
  const names = [...sections];
  const uses: Use[] = [];
  for (let start = 0; start < names.length; start += CHUNK) {
    const chunk = names.slice(start, start + CHUNK);
    const rows = await tx.$queryRaw<{ hash: string; providers: unknown; shared: unknown }[]>`
      select hash, body->'identityProviders' as providers, body->'settings'->'defaultIdentityProvider' as shared
      from section where hash = any(${chunk.map(([, hash]) => hash)})`;
    const bodies = new Map(rows.map((row) => [row.hash, row]));
    for (const [name, hash] of chunk) {
      const body = bodies.get(hash);
      if (name === FLEET_SECTION) {
        const shared = fleetDefault.parse(body?.shared ?? null);
        if (shared !== null) uses.push(...useOf(NO_TENANT, DEFAULT_IDENTITY_PROVIDER_NAME, { ...shared, status: "enabled" }));
        continue;
      }
      for (const [provider, declared] of Object.entries(tenantProviders.parse(body?.providers ?? {})))
        uses.push(...useOf(name.slice(TENANTS.length), provider, declared));
    }
  }
  return uses;
}

async function replaceUses(tx: FleetTransaction, tenants: readonly string[], uses: readonly Use[], now: number, intervalMs: number): Promise<void> {
  await tx.radarUse.deleteMany({ where: { tenantSlug: { in: [...tenants] } } });
  const targets = [...new Map(uses.map(({ target }) => [targetId(target), target])).entries()];
  const secondMs = Math.min(1_000, (intervalMs * FIRST_PER_SECOND) / Math.max(1, targets.length));
  const rows = targets.map(([id, target], index) => ({
    ...{ id, ...target },
    next_at: new Date(now + Math.floor(index / FIRST_PER_SECOND) * secondMs).toISOString(),
  }));
  await tx.$executeRaw`
    insert into radar_target (id, issuer, kind, url, next_at)
    select id, issuer, kind, url, next_at from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (id text, issuer text, kind text, url text, next_at timestamptz)
    on conflict (id) do nothing`;
  const links = uses.map(({ tenant, provider, target }) => ({ tenant, provider, target: targetId(target) }));
  await tx.$executeRaw`
    insert into radar_use (tenant_slug, provider, target_id)
    select tenant, provider, target from jsonb_to_recordset(${JSON.stringify(links)}::jsonb) as r (tenant text, provider text, target text)`;
}

async function dropUnused(tx: FleetTransaction, at: Date): Promise<void> {
  const gone = await tx.$queryRaw<{ findings: unknown }[]>`
    delete from radar_target t where not exists (select from radar_use u where u.target_id = t.id) returning findings`;
  const alerts = gone.flatMap(({ findings }) => storedFindings(findings).flatMap(({ alert }) => alert ?? []));
  await resolveAlerts(tx, alerts, "The identity provider is not in live configuration any more.", at);
}

/**
 * Brings what is watched up to the live revision. Only sections that differ from those of the revision before are read. One replica at a
 * time; another one finds it done.
 * @returns whether it is so now; false while another replica is at it
 */
export async function syncUses(
  tx: FleetTransaction,
  live: LiveRevision,
  { now, intervalMs }: { readonly now: number; readonly intervalMs: number },
): Promise<boolean> {
  const [lock] = await tx.$queryRaw<{ got: boolean }[]>`select pg_try_advisory_xact_lock(hashtextextended('radar/uses', 0)) as got`;
  if (lock?.got !== true) return false;
  const cursor = await tx.radarCursor.findUnique({ where: { id: 1 } });
  if (cursor !== null && cursor.revision >= live.number) return true;
  const before = await previousManifest(tx, cursor?.revision);
  const watched = (name: string) => name === FLEET_SECTION || name.startsWith(TENANTS);
  const names = [...new Set([...Object.keys(before), ...Object.keys(live.manifest)])].filter(
    (name) => watched(name) && before[name] !== live.manifest[name],
  );
  const tenants = names.map((name) => (name === FLEET_SECTION ? NO_TENANT : name.slice(TENANTS.length)));
  const present = new Map(names.flatMap((name) => (live.manifest[name] === undefined ? [] : [[name, live.manifest[name]] as const])));
  await replaceUses(tx, tenants, await usesOf(tx, present), now, intervalMs);
  await dropUnused(tx, new Date(now));
  await tx.radarCursor.upsert({ where: { id: 1 }, create: { id: 1, revision: live.number }, update: { revision: live.number } });
  return true;
}
