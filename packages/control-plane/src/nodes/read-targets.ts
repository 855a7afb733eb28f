import type { FleetTransaction } from "@sallyport/data";
import { type TargetState, targetState } from "@sallyport/snapshot/protocol";
import { z } from "zod";
import { SILENT_AFTER_MS } from "./node-state.js";

/** One target of an upstream, as the nodes see it that told of it last. */
export interface TargetAtNodes {
  readonly target: string;
  readonly healthy: number;
  /** Nodes whose requests to it failed, and which leave it out for a while. */
  readonly ejected: number;
  /** Nodes whose own checks it fails. */
  readonly down: number;
  /** Requests under way, of all nodes together. */
  readonly inFlight: number;
  /** What one of the nodes that do not use it says. */
  readonly lastError: string | null;
}

const rows = z.array(z.object({ state: targetState }));

/**
 * The targets of one upstream over all nodes that are not silent, by address. Empty where no node has told of them: nodes tell only of
 * upstreams with several targets or with checks.
 */
export async function readTargets(
  tx: FleetTransaction,
  { tenant, upstream }: { readonly tenant: string; readonly upstream: string },
  now: number,
): Promise<TargetAtNodes[]> {
  const told = await tx.$queryRaw<{ state: unknown }[]>`
    select state from node, jsonb_array_elements(node.last_heartbeat->'upstreams') as state
    where node.status = 'active' and node.last_seen_at >= ${new Date(now - SILENT_AFTER_MS)}
      and state->>'tenant' = ${tenant} and state->>'upstream' = ${upstream}`;
  const targets = new Map<string, TargetState[]>();
  for (const { state } of rows.parse(told)) targets.set(state.target, [...(targets.get(state.target) ?? []), state]);
  return [...targets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([target, states]) => summed(target, states));
}

function summed(target: string, states: readonly TargetState[]): TargetAtNodes {
  const of = (wanted: TargetState["state"]): number => states.filter(({ state }) => state === wanted).length;
  return {
    target,
    ...{ healthy: of("healthy"), ejected: of("ejected"), down: of("down") },
    inFlight: states.reduce((sum, { inFlight }) => sum + inFlight, 0),
    lastError: states.find(({ state, lastError }) => state !== "healthy" && lastError !== null)?.lastError ?? null,
  };
}
