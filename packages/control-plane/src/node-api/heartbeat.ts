import { heartbeatRequest, type heartbeatResponse } from "@sallyport/snapshot/protocol";
import type { z } from "zod";
import type { ControlPlaneDeps } from "../deps.js";
import { asJson } from "../objects/write-stored.js";
import { parse } from "../validation.js";
import type { NodeRecord } from "./node-directory.js";
import { storable } from "./storable.js";

const INTERVAL_MS = 5_000;

/** Takes down how the node is. What it says of itself ages here: health is derived from when this was last called. */
export async function takeHeartbeat(deps: ControlPlaneDeps, node: NodeRecord, input: unknown): Promise<z.output<typeof heartbeatResponse>> {
  const heartbeat = storable(parse(heartbeatRequest, input));
  const now = deps.clock.now();
  await deps.data.fleet.node.updateMany({
    where: { id: node.id, status: "active" },
    data: {
      lastSeenAt: new Date(now),
      lastHeartbeat: asJson(heartbeat),
      version: heartbeat.version,
      clockSkewMs: clampInt(Date.parse(heartbeat.clock) - now),
    },
  });
  return { now: new Date(now).toISOString(), nextHeartbeatMs: INTERVAL_MS };
}

/** The column is 32 bits wide; a clock that is off by more than 24 days is simply off. */
const clampInt = (ms: number): number => Math.max(-2_147_483_648, Math.min(2_147_483_647, Math.round(ms)));
