import type { FleetClient, FleetTransaction } from "@sallyport/data";
import type { AskedProvider } from "@sallyport/snapshot/protocol";
import { keptFor } from "../node-api/kept-for.js";
import { SILENT_AFTER_MS } from "../nodes/node-state.js";
import type { UsedBy } from "./holders.js";
import { NO_TENANT } from "./sync-uses.js";

/** A heartbeat tells of so many providers by itself: of a node with fewer, everything is known. */
const TOLD = 1_000;
/** Somebody who looks goes on looking; nodes are asked so long after the last look. */
const ASKED_MS = 60_000;
const MOST_ASKED = 50;

/** Has nodes that tell of some providers only tell of these as well, with their next heartbeats. */
export async function askNodes(tx: FleetTransaction, uses: readonly UsedBy[], now: number): Promise<void> {
  const named = uses.filter(({ tenant }) => tenant !== NO_TENANT);
  if (named.length === 0) return;
  await tx.$executeRaw`
    update radar_use u set asked_until = ${new Date(now + ASKED_MS)}
    from jsonb_to_recordset(${JSON.stringify(named)}::jsonb) as w (tenant text, provider text)
    where u.tenant_slug = w.tenant and u.provider = w.provider and exists (
      select from node n where n.status = 'active' and n.last_seen_at > ${new Date(now - SILENT_AFTER_MS)}
        and n.asked_jwks is not null and jsonb_array_length(n.last_heartbeat->'jwks') >= ${TOLD}
    )`;
}

/** What nodes are asked about at this moment; kept for a second or two, as every heartbeat asks for it. */
export type ReadAsked = () => Promise<readonly AskedProvider[]>;

const KEPT_MS = 2_000;

export function createReadAsked(fleet: FleetClient, clock: { now(): number }): ReadAsked {
  const read = keptFor(KEPT_MS, clock, async () => {
    const rows = await fleet.radarUse.findMany({
      where: { askedUntil: { gt: new Date(clock.now()) } },
      orderBy: { askedUntil: "desc" },
      take: MOST_ASKED,
      select: { tenantSlug: true, provider: true },
    });
    return rows.map(({ tenantSlug, provider }) => ({ tenant: tenantSlug, identityProvider: provider }));
  });
  // A heartbeat is worth more than an answer to this; the next one finds out.
  return () => read().catch(() => []);
}
