import type { CachingIntrospector } from "@sallyport/idp-client";
import type { RateLimitState } from "@sallyport/pipeline";
import type { JwksState } from "@sallyport/snapshot/protocol";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { LimitsState } from "../limits/create-limits.js";
import type { SnapshotStore } from "../store.js";
import type { TlsState } from "../tls/secure-plane.js";
import type { Upstreams } from "../upstreams/upstreams.js";
import { DurationHistogram } from "./duration-histogram.js";
import { addIntrospectionMetrics } from "./introspection-metrics.js";
import { addLimitMetrics } from "./limit-metrics.js";
import { addTlsMetrics } from "./tls-metrics.js";
import { addUpstreamMetrics } from "./upstream-metrics.js";

/** What the gauges read when somebody scrapes. */
export interface MetricSources {
  readonly store: SnapshotStore;
  readonly clock: { now(): number };
  readonly controlPlaneUp: () => boolean;
  readonly jwksStates: () => readonly JwksState[];
  readonly introspection: Pick<CachingIntrospector, "counts" | "states">;
  readonly upstreams: Pick<Upstreams, "watched" | "counts">;
  readonly eventsDropped: () => number;
  readonly upgradesOpen: () => number;
  readonly tls: () => TlsState | null;
  readonly passagesOpen: () => number;
  readonly limits: () => LimitsState;
  /** Addresses that are locked out of a tenant. */
  readonly lockedOut: () => number;
  /** Proofs of possession that the node knows as used. */
  readonly proofsKnown: () => number;
}

export interface GatewayMetrics {
  readonly registry: Registry;
  /** @param result `allow`, `preflight`, `endpoint` or a deny code: as many series as there are codes */
  countResult(result: string): void;
  /** A request that was allowed and could not be brought to its end. */
  countFailure(code: string): void;
  /** Something open that was ended with its credential. */
  countEnded(code: string): void;
  /** Those of them that a request is over. */
  countLimits(limits: readonly RateLimitState[]): void;
  observePipeline(seconds: number): void;
  observeRequest(seconds: number): void;
}

/** Prometheus metrics in a registry of their own. No label is ever a client's to choose. */
export function createMetrics(sources: MetricSources): GatewayMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const results = new Map<string, number>();
  new Counter({
    name: "sallyport_requests_total",
    help: "Requests by result: allow, preflight (answered by a CORS policy), endpoint, or the deny code",
    labelNames: ["result"],
    registers,
    // Counted in a map on the hot path, handed over here.
    collect() {
      this.reset();
      for (const [result, count] of results) this.inc({ result }, count);
    },
  });
  const failures = new Counter({
    name: "sallyport_failures_total",
    help: "Allowed requests that failed behind the decision, by code",
    labelNames: ["code"],
    registers,
  });
  const requestSeconds = new DurationHistogram({
    name: "sallyport_request_duration_seconds",
    help: "From the request's head to the end of its answer",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const pipelineSeconds = new DurationHistogram({
    name: "sallyport_pipeline_duration_seconds",
    help: "From the request's head to the decision",
    buckets: [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1, 1, 5],
    registers,
  });
  new Gauge({
    name: "sallyport_snapshot_revision",
    help: "Revision that the node runs; 0 before the first",
    registers,
    collect() {
      this.set(sources.store.current?.revision ?? 0);
    },
  });
  new Gauge({
    name: "sallyport_snapshot_info",
    help: "1 for the root hash that the node runs",
    labelNames: ["root_hash"],
    registers,
    collect() {
      this.reset();
      const current = sources.store.current;
      if (current !== null) this.set({ root_hash: current.rootHash }, 1);
    },
  });
  new Gauge({
    name: "sallyport_snapshot_age_seconds",
    help: "Since the running revision was made at the control plane",
    registers,
    collect() {
      const created = sources.store.running?.envelope.created;
      this.set(created === undefined ? 0 : Math.max(0, (sources.clock.now() - Date.parse(created)) / 1_000));
    },
  });
  new Gauge({
    name: "sallyport_control_plane_up",
    help: "1 while the control plane answers the node's polls",
    registers,
    collect() {
      this.set(sources.controlPlaneUp() ? 1 : 0);
    },
  });
  new Gauge({
    name: "sallyport_jwks_state",
    help: "Identity providers by the state of their keys at this node",
    labelNames: ["state"],
    registers,
    collect() {
      this.reset();
      for (const state of ["unused", "fresh", "stale", "expired", "failing"] as const) this.set({ state }, 0);
      for (const { state } of sources.jwksStates()) this.inc({ state });
    },
  });
  addIntrospectionMetrics(registers, sources.introspection);
  const countLimits = addLimitMetrics(registers, sources.limits, sources.lockedOut);
  addTlsMetrics(registers, sources.tls);
  addUpstreamMetrics(registers, sources.upstreams);
  new Counter({
    name: "sallyport_events_dropped_total",
    help: "Security events that the bounded buffer let go",
    registers,
    collect() {
      this.reset();
      this.inc(sources.eventsDropped());
    },
  });
  new Gauge({
    name: "sallyport_upgraded_connections",
    help: "Open WebSocket connections",
    registers,
    collect() {
      this.set(sources.upgradesOpen());
    },
  });
  new Gauge({
    name: "sallyport_open_passages",
    help: "WebSocket connections and long answers that are held to their credential",
    registers,
    collect() {
      this.set(sources.passagesOpen());
    },
  });
  new Gauge({
    name: "sallyport_proofs_known",
    help: "Proofs of possession (DPoP) that this node knows as used",
    registers,
    collect() {
      this.set(sources.proofsKnown());
    },
  });
  const ended = new Counter({
    name: "sallyport_passages_ended_total",
    help: "WebSocket connections and long answers ended because their credential was, by code",
    labelNames: ["code"],
    registers,
  });
  return {
    registry,
    countEnded: (code) => ended.inc({ code }),
    countResult: (result) => void results.set(result, (results.get(result) ?? 0) + 1),
    countFailure: (code) => failures.inc({ code }),
    countLimits,
    observePipeline: (seconds) => pipelineSeconds.record(seconds),
    observeRequest: (seconds) => requestSeconds.record(seconds),
  };
}
