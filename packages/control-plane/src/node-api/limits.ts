import { withFleet } from "@sallyport/data";
import { limitsRequest, type limitsResponse, type PressedKey } from "@sallyport/snapshot/protocol";
import type { z } from "zod";
import type { ControlPlaneDeps } from "../deps.js";
import { addPressedKeys, forgetPressedKeys } from "../limit-use/pressed-keys.js";
import { activeRecordings, addTraffic, forgetTraffic } from "../traffic/take-traffic.js";
import { parse } from "../validation.js";
import { keptFor } from "./kept-for.js";
import type { NodeRecord } from "./node-directory.js";
import type { ServedTenants } from "./served-tenants.js";
import { storable } from "./storable.js";

/** Between two looks at what has become too old. */
const TIDY_MS = 60_000;
/** A thousand nodes ask two hundred times a second what to record. */
const KEPT_MS = 1_000;

/** Takes in what a node tells of its limits, each report once; says what is to be recorded. */
export type TakeLimits = (node: NodeRecord, input: unknown) => Promise<z.output<typeof limitsResponse>>;

export function createLimitReports(deps: ControlPlaneDeps, servedTenants: ServedTenants): TakeLimits {
  const recordings = keptFor(KEPT_MS, deps.clock, () => activeRecordings(deps, new Date(deps.clock.now())));
  let tidiedAt = Number.NEGATIVE_INFINITY;
  return async (node, input) => {
    const { batch, keys, traffic } = storable(parse(limitsRequest, input));
    const now = deps.clock.now();
    const at = new Date(now);
    const serves = await servedTenants(node);
    const isServed = ({ tenant, key }: PressedKey): boolean => [tenant, key.tenant].every((slug) => slug == null || serves(slug));
    if (keys.length > 0 || traffic.length > 0)
      await withFleet(deps.data.fleet, async (tx) => {
        const { count } = await tx.eventBatch.createMany({ data: { id: batch, nodeId: node.id, receivedAt: at }, skipDuplicates: true });
        if (count === 0) return;
        await addPressedKeys(tx, keys.filter(isServed), now);
        await addTraffic(tx, traffic, { id: node.id, serves }, at);
      });
    if (now - tidiedAt >= TIDY_MS) {
      tidiedAt = now;
      await withFleet(deps.data.fleet, async (tx) => {
        await forgetPressedKeys(tx, now);
        await forgetTraffic(tx, now);
      });
    }
    return { recordings: (await recordings()).filter(({ tenant }) => serves(tenant)) };
  };
}
