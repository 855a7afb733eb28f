import { CALL_RESULTS, type CachingIntrospector } from "@sallyport/idp-client";
import { Counter, Gauge, type Registry } from "prom-client";

/** How asking about tokens goes (BEHAVIOUR 3b). Labels are of closed lists: no tenant, no endpoint. */
export function addIntrospectionMetrics(registers: Registry[], introspection: Pick<CachingIntrospector, "counts" | "states">): void {
  new Counter({
    name: "sallyport_introspection_requests_total",
    help: "Calls to introspection endpoints by result; busy, breaker_open, no_endpoint and no_credentials are questions without a call",
    labelNames: ["result"],
    registers,
    collect() {
      this.reset();
      const { calls } = introspection.counts();
      for (const result of CALL_RESULTS) this.inc({ result }, calls[result]);
    },
  });
  new Counter({
    name: "sallyport_introspection_cache_hits_total",
    help: "Questions about tokens that an answer in memory, or somebody else's call under way, settled",
    labelNames: ["source"],
    registers,
    collect() {
      this.reset();
      const { fromMemory, shared } = introspection.counts();
      this.inc({ source: "memory" }, fromMemory);
      this.inc({ source: "shared_call" }, shared);
    },
  });
  new Gauge({
    name: "sallyport_introspection_cache_bytes",
    help: "Estimated size of the kept answers",
    registers,
    collect() {
      this.set(introspection.counts().answerBytes);
    },
  });
  new Gauge({
    name: "sallyport_introspection_breakers",
    help: "Introspection endpoints by the state of their circuit breaker at this node",
    labelNames: ["state"],
    registers,
    collect() {
      for (const state of ["closed", "half_open", "open"] as const) this.set({ state }, 0);
      for (const { breaker } of introspection.states()) this.inc({ state: breaker });
    },
  });
}
