import { type AskedProvider, type HeartbeatResponse, heartbeatRequest, type JwksState } from "@sallyport/snapshot/protocol";
import type { ControlPlaneDeps } from "../deps.js";
import { createReadAsked } from "../radar/ask-nodes.js";
import { parse } from "../validation.js";
import { batched } from "./batches.js";
import type { NodeRecord } from "./node-directory.js";
import type { ServedTenants } from "./served-tenants.js";
import { storable } from "./storable.js";

const INTERVAL_MS = 5_000;

/** One beat as it is stored. */
interface Beat {
  readonly id: string;
  readonly at: string;
  readonly heartbeat: unknown;
  readonly asked: readonly JwksState[] | null;
  readonly version: string;
  readonly skew: number;
  readonly renews: boolean;
}

/** The beats of many nodes in one statement. Rows are locked in the order of their ids, as reports lock them: two replicas never wait for each other. */
async function storeBeats(deps: ControlPlaneDeps, beats: readonly Beat[]): Promise<void> {
  // Of a node that sent two, the later one counts.
  const rows = [...new Map(beats.map((beat) => [beat.id, beat])).values()];
  await deps.data.fleet.$executeRaw`
    with beat as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (id uuid, at timestamptz, heartbeat jsonb, asked jsonb, version text, skew int, renews boolean)
    ), locked as materialized (
      select id from node where id in (select id from beat) and status = 'active' order by id for no key update
    )
    update node n set last_seen_at = b.at, last_heartbeat = b.heartbeat, asked_jwks = nullif(b.asked, 'null'), version = b.version, clock_skew_ms = b.skew, renews_key = b.renews
    from beat b join locked using (id) where n.id = b.id`;
}

/** Takes down how nodes are. What a node says of itself ages here: health is derived from when this was last called. */
export type TakeHeartbeat = (node: NodeRecord, input: unknown) => Promise<HeartbeatResponse>;

export function createHeartbeats(deps: ControlPlaneDeps, servedTenants: ServedTenants): TakeHeartbeat {
  const readAsked = createReadAsked(deps.data.fleet, deps.clock);
  const store = batched(async (beats: readonly Beat[]) => {
    await storeBeats(deps, beats);
    return beats.map(() => undefined);
  });
  const askOf = async (node: NodeRecord): Promise<AskedProvider[]> => {
    const asked = await readAsked();
    if (asked.length === 0) return [];
    const serves = await servedTenants(node);
    return asked.filter(({ tenant }) => serves(tenant));
  };
  return async (node, input) => {
    // Columns of their own: replicas of the version before read stored heartbeats, and do not know these words.
    const { renewsKey = false, askedJwks = null, ...heartbeat } = storable(parse(heartbeatRequest, input));
    const now = deps.clock.now();
    const at = new Date(now).toISOString();
    const skew = clampInt(Date.parse(heartbeat.clock) - now);
    await store({ id: node.id, at, heartbeat, asked: askedJwks, version: heartbeat.version, skew, renews: renewsKey });
    const renews = renewsKey && node.renewalAsked && !node.isPrevious;
    const ask = askedJwks === null ? [] : await askOf(node);
    return { now: at, nextHeartbeatMs: INTERVAL_MS, ...(renews ? { renewKey: true as const } : {}), ...(ask.length > 0 ? { ask } : {}) };
  };
}

/** The column is 32 bits wide; a clock that is off by more than 24 days is simply off. */
const clampInt = (ms: number): number => Math.max(-2_147_483_648, Math.min(2_147_483_647, Math.round(ms)));
