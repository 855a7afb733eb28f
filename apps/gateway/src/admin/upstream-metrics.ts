import { Counter, Gauge, type Registry } from "prom-client";
import type { Upstreams } from "../upstreams/upstreams.js";

/** Targets with series of their own; all are in the figures without a `target` label. */
const MOST_SERIES = 200;
const LABELS = ["tenant", "upstream", "target"] as const;

/** How the targets of upstreams are. Labels are of the configuration, and bounded: no request makes one. */
export function addUpstreamMetrics(registers: Registry[], upstreams: Pick<Upstreams, "watched" | "counts">): void {
  const named = () =>
    upstreams
      .watched()
      .slice(0, MOST_SERIES)
      .map(({ tenant, upstream, target, ...state }) => ({ labels: { tenant, upstream, target }, ...state }));
  new Gauge({
    name: "sallyport_upstream_targets",
    help: "Targets of upstreams in use by their state at this node",
    labelNames: ["state"],
    registers,
    collect() {
      for (const [state, count] of Object.entries(upstreams.counts())) this.set({ state }, count);
    },
  });
  new Gauge({
    name: "sallyport_upstream_target_healthy",
    help: "1 for a target that gets requests; of upstreams with several targets or with health checks, the first 200",
    labelNames: LABELS,
    registers,
    collect() {
      this.reset();
      for (const { labels, state } of named()) this.set(labels, state === "healthy" ? 1 : 0);
    },
  });
  new Gauge({
    name: "sallyport_upstream_target_requests_in_flight",
    help: "Requests under way at a target",
    labelNames: LABELS,
    registers,
    collect() {
      this.reset();
      for (const { labels, inFlight } of named()) this.set(labels, inFlight);
    },
  });
  new Counter({
    name: "sallyport_upstream_target_ejections_total",
    help: "How often failing requests took a target out for a while",
    labelNames: LABELS,
    registers,
    collect() {
      this.reset();
      for (const { labels, ejectedTotal } of named()) this.inc(labels, ejectedTotal);
    },
  });
}
