import type { Prisma } from "@sallyport/data";
import { heartbeatRequest, type JwksState, type NackError } from "@sallyport/snapshot/protocol";
import { parseNackErrors } from "../revisions/node-states.js";
import { CLOCK_SKEW_ALARM_MS, healthOf, type NodeFacts, type NodeHealth, type NodeSync, syncOf, type Target } from "./node-state.js";

/** A line of the nodes' page: sync × health, derived now from what was heard last. */
export interface NodeRow {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly status: "active" | "revoked" | "archived";
  readonly sync: NodeSync;
  readonly health: NodeHealth;
  /** What it runs. */
  readonly revision: number | null;
  /** What it should run; null before the first publish. */
  readonly targetRevision: number | null;
  readonly rootHash: string | null;
  readonly appliedAt: Date | null;
  readonly applyMs: number | null;
  readonly enrolledAt: Date;
  readonly lastHeartbeatAt: Date | null;
  readonly requestsPerSecond: number;
  readonly refusedPerSecond: number;
  /** Time in the pipeline, µs; null without traffic. */
  readonly p50: number | null;
  readonly p95: number | null;
  /** Why it refused what it should run, or its first problem; null when all is well. */
  readonly lastError: string | null;
  readonly refusal: readonly NackError[];
  readonly problems: readonly string[];
  readonly jwks: readonly JwksState[];
  readonly clockSkewMs: number | null;
  /** As it said last. */
  readonly isReady: boolean;
  readonly isDraining: boolean;
  /** Requests in each of the last 24 hours, oldest first. */
  readonly spark: readonly number[];
}

export const NODE_ROW = {
  id: true,
  name: true,
  version: true,
  status: true,
  enrolledAt: true,
  lastSeenAt: true,
  lastHeartbeat: true,
  appliedRevision: true,
  appliedEpoch: true,
  appliedRootHash: true,
  appliedAt: true,
  applyMs: true,
  nackedRevision: true,
  nackErrors: true,
  clockSkewMs: true,
  group: { select: { id: true, name: true } },
} as const satisfies Prisma.NodeSelect;
export type StoredNode = Prisma.NodeGetPayload<{ select: typeof NODE_ROW }>;

const NO_TRAFFIC: readonly number[] = Array.from({ length: 24 }, () => 0);

function factsOf(node: StoredNode): { facts: NodeFacts; heartbeat: ReturnType<typeof heartbeatRequest.safeParse>["data"] } {
  const heartbeat = heartbeatRequest.safeParse(node.lastHeartbeat).data;
  const facts = {
    lastHeartbeatAt: node.lastSeenAt,
    ready: heartbeat?.ready ?? false,
    draining: heartbeat?.draining ?? false,
    problems: heartbeat?.problems ?? [],
    clockSkewMs: node.clockSkewMs,
    appliedRevision: node.appliedRevision,
    appliedEpoch: node.appliedEpoch,
    nackedRevision: node.nackedRevision,
  };
  return { facts, heartbeat };
}

/** @param target what the node should run @param now ms since the epoch */
export function toNodeRow(node: StoredNode, target: Target | null, now: number, spark: readonly number[] = NO_TRAFFIC): NodeRow {
  const { facts, heartbeat } = factsOf(node);
  const sync = syncOf(facts, target);
  const health = healthOf(facts, now);
  const refusal = sync === "refused" ? parseNackErrors(node.nackErrors) : [];
  const skewed = node.clockSkewMs !== null && Math.abs(node.clockSkewMs) > CLOCK_SKEW_ALARM_MS;
  const clock = skewed ? [`The node's clock is ${Math.round((node.clockSkewMs ?? 0) / 1_000)} s off.`] : [];
  const problems = [...facts.problems, ...clock];
  const first = refusal[0];
  // A silent node serves nothing that is known: its last figures are history, not its state.
  const live = health !== "silent";
  return {
    id: node.id,
    name: node.name,
    group: node.group.name,
    version: node.version,
    status: node.status,
    sync,
    health,
    revision: node.appliedRevision,
    targetRevision: target?.revision ?? null,
    rootHash: node.appliedRootHash,
    appliedAt: node.appliedAt,
    applyMs: node.applyMs,
    enrolledAt: node.enrolledAt,
    lastHeartbeatAt: node.lastSeenAt,
    requestsPerSecond: live ? (heartbeat?.requestsPerSecond ?? 0) : 0,
    refusedPerSecond: live ? (heartbeat?.refusedPerSecond ?? 0) : 0,
    p50: live ? (heartbeat?.pipelineP50Us ?? null) : null,
    p95: live ? (heartbeat?.pipelineP95Us ?? null) : null,
    lastError: first === undefined ? (problems[0] ?? null) : `${first.code} at ${first.path}: ${first.message}`,
    refusal,
    problems,
    jwks: heartbeat?.jwks ?? [],
    clockSkewMs: node.clockSkewMs,
    isReady: facts.ready,
    isDraining: facts.draining,
    spark,
  };
}
