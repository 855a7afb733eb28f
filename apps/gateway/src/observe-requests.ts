import type { SecurityFinding } from "@sallyport/pipeline";
import type { Logger } from "pino";
import type { GatewayMetrics } from "./admin/metrics.js";
import { findingEvent, pathOf } from "./events/finding-event.js";
import type { EventReporter } from "./events/reporter.js";
import type { TrafficMeter } from "./heartbeat/traffic-meter.js";
import type { RequestObserver } from "./server/serve-request.js";

/** A finding of these says that something lasts: it is told again only after this long, however many requests meet it. */
const STANDING: ReadonlySet<SecurityFinding["kind"]> = new Set(["pass_through_active"]);
const STANDING_MS = 10_000;
const MAX_STANDING = 10_000;

export interface ObservationDeps {
  readonly meter: TrafficMeter;
  readonly metrics: GatewayMetrics;
  readonly events: EventReporter;
  readonly logger: Logger;
  readonly tokenHash: (rawHeaders: readonly string[]) => string | null;
  /** Never goes back, ms. */
  readonly monotonic: () => number;
}

/** Turns what became of requests into counters, security events and log lines. An allowed request costs increments only. */
export function observeRequests({ meter, metrics, events, logger, tokenHash, monotonic }: ObservationDeps): RequestObserver {
  const toldAt = new Map<string, number>();
  const isNews = ({ kind, tenant, identityProvider }: SecurityFinding, route: string | null): boolean => {
    if (!STANDING.has(kind)) return true;
    const about = `${kind} ${tenant}/${identityProvider}/${route}`;
    const now = monotonic();
    if (now - (toldAt.get(about) ?? Number.NEGATIVE_INFINITY) < STANDING_MS) return false;
    if (toldAt.size >= MAX_STANDING) toldAt.clear();
    toldAt.set(about, now);
    return true;
  };
  return {
    decided(facts, decision, pipelineMs) {
      const denied = decision.outcome === "deny";
      const result = denied ? decision.code : "allow";
      const tenant = denied ? decision.tenant : decision.tenant.slug;
      const route = denied ? decision.route : decision.route.name;
      meter.record(denied, pipelineMs * 1_000);
      metrics.observePipeline(pipelineMs / 1_000);
      metrics.countResult(result);
      events.count(tenant, route, result);
      const findings = decision.findings.length === 0 ? decision.findings : decision.findings.filter((finding) => isNews(finding, route));
      if (findings.length > 0) {
        const found = { facts, route, code: denied ? result : null, clientIp: decision.clientIp, tokenHash: tokenHash(facts.rawHeaders) };
        for (const finding of findings) events.report(findingEvent(finding, found));
      }
      if (denied) {
        const { code, detail } = decision;
        logger.debug({ requestId: facts.requestId, code, detail, tenant, route, method: facts.method, path: pathOf(facts.target) }, "refused");
      }
    },
    failed({ method, target, requestId }, allowed, code) {
      // What was allowed has been counted as such: its failure is another figure, not another request.
      if (allowed !== null) metrics.countFailure(code);
      else {
        metrics.countResult(code);
        events.count(null, null, code);
      }
      logger.debug({ requestId, code, tenant: allowed?.tenant.slug, route: allowed?.route.name, method, path: pathOf(target) }, "failed");
    },
    finished: (_status, totalMs) => metrics.observeRequest(totalMs / 1_000),
  };
}
