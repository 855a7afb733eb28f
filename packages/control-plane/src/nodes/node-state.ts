/** Does the node run what it should? */
export type NodeSync = "live" | "behind" | "refused" | "unknown";
/** Can the node serve? */
export type NodeHealth = "serving" | "degraded" | "silent";

/** Heartbeats come every 5 s; three missed ones in a row make a node silent. */
export const SILENT_AFTER_MS = 15_000;
/** Two missed heartbeats are worth a look already. */
export const LATE_AFTER_MS = 10_000;
/** A clock that is further off than this is a problem of its own (SECURITY §3). */
export const CLOCK_SKEW_ALARM_MS = 30_000;

export interface NodeFacts {
  readonly lastHeartbeatAt: Date | null;
  readonly ready: boolean;
  readonly draining: boolean;
  readonly problems: readonly string[];
  readonly clockSkewMs: number | null;
  readonly appliedRevision: number | null;
  readonly appliedEpoch: number | null;
  readonly nackedRevision: number | null;
}

/** What the node's group should run. Null before the first publish. */
export interface Target {
  readonly revision: number;
  readonly epoch: number;
}

/** Derived by the control plane from what is known now, never the node's last word (CONSOLE §2). */
export function syncOf(node: NodeFacts, target: Target | null): NodeSync {
  if (target === null) return node.lastHeartbeatAt === null ? "unknown" : "live";
  if (node.appliedRevision === target.revision && node.appliedEpoch === target.epoch) return "live";
  if (node.nackedRevision === target.revision) return "refused";
  if (node.lastHeartbeatAt === null && node.appliedRevision === null) return "unknown";
  return "behind";
}

export function healthOf(node: NodeFacts, now: number): NodeHealth {
  const ageMs = node.lastHeartbeatAt === null ? Number.POSITIVE_INFINITY : now - node.lastHeartbeatAt.getTime();
  if (ageMs > SILENT_AFTER_MS) return "silent";
  const clockOff = node.clockSkewMs !== null && Math.abs(node.clockSkewMs) > CLOCK_SKEW_ALARM_MS;
  return ageMs > LATE_AFTER_MS || !node.ready || node.draining || clockOff || node.problems.length > 0 ? "degraded" : "serving";
}
