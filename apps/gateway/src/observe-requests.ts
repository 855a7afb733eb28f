import { type CompiledSnapshot, type DenyCode, failedAuthenticationOf, type RequestFacts } from "@sallyport/pipeline";
import type { Logger } from "pino";
import type { GatewayMetrics } from "./admin/metrics.js";
import { pathOf } from "./events/finding-event.js";
import type { FindingTallies } from "./events/finding-tallies.js";
import type { EventReporter } from "./events/reporter.js";
import type { TrafficMeter } from "./heartbeat/traffic-meter.js";
import type { TrafficRecorder } from "./limits/traffic-recorder.js";
import type { NodeLockouts } from "./lockouts/node-lockouts.js";
import type { RequestObserver } from "./server/serve-request.js";

export interface ObservationDeps {
  readonly meter: TrafficMeter;
  readonly metrics: GatewayMetrics;
  readonly events: Pick<EventReporter, "allowed" | "count">;
  readonly findings: FindingTallies;
  readonly store: { readonly current: CompiledSnapshot | null };
  readonly lockouts: Pick<NodeLockouts, "failed">;
  readonly recorder: Pick<TrafficRecorder, "any" | "note">;
  readonly logger: Logger;
  readonly tokenHash: (rawHeaders: readonly string[]) => string | null;
}

/** What is told of a request, and of what outlived one. */
export interface GatewayObserver extends RequestObserver {
  /** Something open was ended, because its credential was. */
  ended(facts: RequestFacts, code: DenyCode): void;
}

/** Turns what became of requests into counters, security events and log lines. An allowed request costs increments only. */
export function observeRequests({
  meter,
  metrics,
  events,
  findings,
  store,
  lockouts,
  recorder,
  logger,
  tokenHash,
}: ObservationDeps): GatewayObserver {
  return {
    decided(facts, decision, pipelineMs) {
      const denied = decision.outcome === "deny";
      const route = denied ? decision.route : decision.route.name;
      meter.record(denied, pipelineMs * 1_000);
      metrics.observePipeline(pipelineMs / 1_000);
      // A preflight that is answered is no error: the activity counts it as allowed, the metrics by its name.
      metrics.countResult(denied ? decision.code : decision.outcome);
      if (denied) events.count(decision.tenant, route, decision.code);
      else events.allowed(decision.tenant.slug, decision.route);
      if (recorder.any) recorder.note(decision);
      if (decision.findings.length > 0) {
        const { clientIp } = decision;
        const found = { facts, route, code: denied ? decision.code : null, clientIp, tokenHash: () => tokenHash(facts.rawHeaders) };
        for (const finding of decision.findings) findings.add(finding, found);
        metrics.countLimits(decision.limits);
      }
      if (denied) {
        const { code, detail } = decision;
        const failure = store.current === null ? null : failedAuthenticationOf(store.current, decision);
        if (failure !== null) {
          const found = { facts, route, code, clientIp: decision.clientIp, tokenHash: () => null };
          lockouts.failed(failure, (finding) => findings.add(finding, found));
        }
        logger.debug(
          { requestId: facts.requestId, code, detail, tenant: decision.tenant, route, method: facts.method, path: pathOf(facts.target) },
          "refused",
        );
      }
    },
    failed({ method, target, requestId }, allowed, code, detail) {
      // What was allowed has been counted as such: its failure is another figure, not another request.
      if (allowed !== null) metrics.countFailure(code);
      else {
        metrics.countResult(code);
        events.count(null, null, code);
      }
      logger.debug({ requestId, code, detail, tenant: allowed?.tenant.slug, route: allowed?.route.name, method, path: pathOf(target) }, "failed");
    },
    found(facts, { route, clientIp }, finding) {
      findings.add(finding, { facts, route: route.name, code: null, clientIp, tokenHash: () => null });
    },
    counted: metrics.countLimits,
    served(facts, { tenant, clientIp }, found) {
      metrics.countResult("endpoint");
      const about = { facts, route: null, code: null, clientIp, tokenHash: () => null };
      for (const finding of found) findings.add(finding, about);
      logger.debug({ requestId: facts.requestId, tenant: tenant.slug, method: facts.method, path: pathOf(facts.target) }, "served");
    },
    ended({ requestId, method, target }, code) {
      metrics.countEnded(code);
      logger.info({ requestId, code, method, path: pathOf(target) }, "an open connection was ended");
    },
    finished: (_status, totalMs) => metrics.observeRequest(totalMs / 1_000),
  };
}
