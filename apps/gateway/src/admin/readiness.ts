import type { Problems } from "../problems.js";
import type { Readiness } from "./admin-server.js";

interface ReadinessFacts {
  readonly listening: boolean;
  readonly draining: boolean;
  readonly hasSnapshot: boolean;
  readonly problems: Pick<Problems, "list">;
}

/** Whether a node can take requests, and what stands in the way, one sentence each. */
export function readReadiness({ listening, draining, hasSnapshot, problems }: ReadinessFacts): Readiness {
  const reasons: string[] = [];
  if (!listening) reasons.push("the node does not listen yet");
  if (draining) reasons.push("the node is draining");
  if (!hasSnapshot) reasons.push("the node has no valid snapshot yet", ...problems.list());
  return { ready: reasons.length === 0, reasons };
}
