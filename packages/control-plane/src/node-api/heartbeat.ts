import { type HeartbeatResponse, heartbeatRequest } from "@sallyport/snapshot/protocol";
import type { ControlPlaneDeps } from "../deps.js";
import { createReadAsked } from "../radar/ask-nodes.js";
import { parse } from "../validation.js";
import { batched } from "./batches.js";
import type { NodeRecord } from "./node-directory.js";
import { storable } from "./storable.js";

const INTERVAL_MS = 5_000;

/** One beat as it is stored. */
interface Beat {
  readonly id: string;
  readonly at: string;
  readonly heartbeat: unknown;
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
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (id uuid, at timestamptz, heartbeat jsonb, version text, skew int, renews boolean)
    ), locked as materialized (
      select id from node where id in (select id from beat) and status = 'active' order by id for no key update
    )
    update node n set last_seen_at = b.at, last_heartbeat = b.heartbeat, version = b.version, clock_skew_ms = b.skew, renews_key = b.renews
    from beat b join locked using (id) where n.id = b.id`;
}

/** Takes down how nodes are. What a node says of itself ages here: health is derived from when this was last called. */
export type TakeHeartbeat = (node: NodeRecord, input: unknown) => Promise<HeartbeatResponse>;

export function createHeartbeats(deps: ControlPlaneDeps): TakeHeartbeat {
  const readAsked = createReadAsked(deps.data.fleet, deps.clock);
  const store = batched(async (beats: readonly Beat[]) => {
    await storeBeats(deps, beats);
    return beats.map(() => undefined);
  });
  return async (node, input) => {
    // A column of its own: replicas of the version before read stored heartbeats, and do not know the word.
    const { renewsKey = false, ...heartbeat } = storable(parse(heartbeatRequest, input));
    const now = deps.clock.now();
    const at = new Date(now).toISOString();
    await store({ id: node.id, at, heartbeat, version: heartbeat.version, skew: clampInt(Date.parse(heartbeat.clock) - now), renews: renewsKey });
    const renews = renewsKey && node.renewalAsked && !node.isPrevious;
    const ask = heartbeat.askedJwks === undefined ? [] : await readAsked();
    return { now: at, nextHeartbeatMs: INTERVAL_MS, ...(renews ? { renewKey: true as const } : {}), ...(ask.length > 0 ? { ask: [...ask] } : {}) };
  };
}

/** The column is 32 bits wide; a clock that is off by more than 24 days is simply off. */
const clampInt = (ms: number): number => Math.max(-2_147_483_648, Math.min(2_147_483_647, Math.round(ms)));
