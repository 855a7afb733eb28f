import { withFleet } from "@sallyport/data";
import type { ControlPlaneDeps } from "../deps.js";
import type { NodeRow } from "../nodes/node-rows.js";
import { readNodes } from "../nodes/read-nodes.js";
import { newestRevision, type RevisionRow } from "../revisions/revision-rows.js";

/** What several checks are judged by, each read once for one evaluation. */
export interface HealthFacts {
  /** ms since the epoch. */
  readonly now: number;
  /** Every node that is not archived. */
  readonly nodes: () => Promise<readonly NodeRow[]>;
  /** The newest revision; null before the first. */
  readonly live: () => Promise<RevisionRow | null>;
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | null = null;
  return () => {
    value ??= read();
    return value;
  };
}

export function readHealthFacts(deps: ControlPlaneDeps): HealthFacts {
  const now = deps.clock.now();
  const { fleet } = deps.data;
  return {
    now,
    nodes: once(() => withFleet(fleet, (tx) => readNodes(tx, now))),
    live: once(() => withFleet(fleet, (tx) => newestRevision(tx, now))),
  };
}
