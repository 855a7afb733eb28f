import type { RateLimitState } from "@sallyport/pipeline";
import { Counter, Gauge, type Registry } from "prom-client";
import type { LimitsState } from "../limits/create-limits.js";

/** @returns counts the limits that a request is over */
export function addLimitMetrics(
  registers: Registry[],
  read: () => LimitsState,
  lockedOut: () => number,
): (limits: readonly RateLimitState[]) => void {
  const exceeded = new Counter({
    name: "sallyport_limits_exceeded_total",
    help: "Requests over a rate limit, by what follows (refuse, slow_down, observe) and by policy; policies of tenants are one series",
    labelNames: ["action", "policy"],
    registers,
  });
  new Gauge({
    name: "sallyport_lockouts",
    help: "Addresses that are locked out of a tenant after failed authentications, as far as this node knows",
    registers,
    collect() {
      this.set(lockedOut());
    },
  });
  new Gauge({
    name: "sallyport_limits_shared",
    help: "1 while rate limits are counted across the nodes; 0 while this node counts by itself, with its share where the store is away",
    registers,
    collect() {
      this.set(read().counting === "fleet" ? 1 : 0);
    },
  });
  new Gauge({
    name: "sallyport_limits_nodes",
    help: "Nodes that count rate limits together, as last seen",
    registers,
    collect() {
      this.set(read().nodes);
    },
  });
  new Gauge({
    name: "sallyport_limits_buckets",
    help: "Buckets of rate limits in this node's memory",
    registers,
    collect() {
      this.set(read().buckets);
    },
  });
  return (limits) => {
    for (const { action, policy, ofFleet, exceeded: isOver } of limits) if (isOver) exceeded.inc({ action, policy: ofFleet ? policy : "" });
  };
}
