import {
  type Allow,
  admitEndpoint,
  authenticate,
  type CompiledSnapshot,
  type Decision,
  type Deny,
  type DenyCode,
  type EndpointRequest,
  mayBeReserved,
  type Ports,
  type RateLimitState,
  type RequestFacts,
  type SecurityFinding,
} from "@sallyport/pipeline";
import type { LateRequest, LateVerdict } from "../limits/late-checks.js";
import type { OpenPassages } from "../open/open-passages.js";
import type { ServeEndpoint } from "../sessions/serve-endpoint.js";
import type { Upstreams } from "../upstreams/upstreams.js";
import { answerEndpoint } from "./answer-endpoint.js";
import type { ClientRequest, ClientResponse } from "./client-message.js";
import { connectionOf } from "./connection.js";
import { Exchange } from "./exchange.js";
import { refuse } from "./refuse.js";
import { type RequestContext, readRequestContext } from "./request-context.js";
import { declaredLength, hasBody } from "./unread-body.js";
import { upstreamHeaders } from "./upstream-headers.js";

/** What becomes of a request, for those who count and report. */
export interface RequestObserver {
  /** Once for each request, when it is decided. */
  decided(facts: RequestFacts, decision: Decision, pipelineMs: number): void;
  /** A request that was allowed and failed all the same; or, without `allowed`, one that never came to a decision. @param detail for the log */
  failed(facts: Pick<RequestFacts, "method" | "target" | "requestId">, allowed: Allow | null, code: DenyCode, detail?: string): void;
  /** Something for the reviewers that showed after the decision. */
  found(facts: RequestFacts, allowed: Allow, finding: SecurityFinding): void;
  /** Limits that were looked at after the decision. */
  counted(limits: readonly RateLimitState[]): void;
  /** Once for each request that one of the gateway's own endpoints served. */
  served(facts: RequestFacts, request: EndpointRequest, findings: readonly SecurityFinding[]): void;
  /** Once for each request, when its answer has ended. */
  finished(status: number, totalMs: number): void;
}

export interface ServeDeps {
  readonly store: { readonly current: CompiledSnapshot | null };
  readonly ports: Ports;
  readonly upstreams: Pick<Upstreams, "of">;
  readonly observer: RequestObserver;
  readonly draining: () => boolean;
  /** The gateway's own endpoints. */
  readonly endpoints: ServeEndpoint;
  /** What outlives its request. */
  readonly open: OpenPassages;
  /** What routes ask of a request after its decision. */
  readonly lateChecks: (late: LateRequest) => Promise<LateVerdict>;
}

/** How a request came to us, beyond its bytes. */
interface Arrival {
  /** The target as it stood on the wire. */
  readonly target: string;
  /** `Expect: 100-continue`: the body comes only when we say so. */
  readonly awaitsContinue: boolean;
}

export type ServeRequest = (request: ClientRequest, response: ClientResponse, arrival: Arrival) => void;

const secureOf = (request: ClientRequest): boolean => "encrypted" in request.socket && request.socket.encrypted === true;

export function factsOf(request: ClientRequest, target: string, requestId: string): RequestFacts {
  const { memo, certificates, remoteAddress } = connectionOf(request.socket);
  return {
    method: request.method ?? "",
    target,
    rawHeaders: request.rawHeaders,
    remoteAddress,
    secure: secureOf(request),
    requestId,
    clientCertificate: certificates,
    connection: memo,
  };
}

interface Passing {
  readonly request: ClientRequest;
  readonly response: ClientResponse;
  readonly context: RequestContext;
  readonly facts: RequestFacts;
  readonly arrival: Arrival;
  readonly compiled: CompiledSnapshot;
}

/** The parser takes any version's name for a version; and HTTP/1.0 knows no chunks (RFC 9112 §6.1). */
function speaksOurHttp({ httpVersion, headers, endsWithHead }: ClientRequest): boolean {
  // HTTP/2 has been read by its own parser: only its requests say this. As a name on a line of HTTP/1.1 "2.0" is none of ours.
  if (endsWithHead !== undefined) return true;
  return httpVersion === "1.1" || (httpVersion === "1.0" && headers["transfer-encoding"] === undefined);
}

/** The life of a request: one look at the snapshot, one decision, then the refusal or the upstream. */
export function createRequestServer(deps: ServeDeps): ServeRequest {
  const { store, ports, upstreams, observer, draining, endpoints, open, lateChecks } = deps;

  const deny = ({ request, response, facts, arrival }: Passing, { code, ...said }: Deny): void => {
    refuse(request, response, code, { requestId: facts.requestId, close: draining(), awaitsContinue: arrival.awaitsContinue, ...said });
  };

  /** @param late where more was asked before */
  const forward = (
    { request, response, context, facts, arrival, compiled }: Passing,
    decision: Allow,
    late: (LateVerdict & { outcome: "goes_on" }) | null = null,
  ): void => {
    let { awaitsContinue } = arrival;
    const refuseAllowed = (code: DenyCode, detail?: string): void => {
      observer.failed(facts, decision, code, detail);
      const { cors, tenant } = decision;
      refuse(request, response, code, { requestId: facts.requestId, tenant: tenant.slug, cors, close: draining(), awaitsContinue });
    };
    const sendsBody = hasBody(request);
    if (sendsBody && (declaredLength(request) ?? 0) > decision.route.maxRequestBodyBytes) {
      refuseAllowed("request_body_too_large");
      return;
    }
    const headers = upstreamHeaders(decision, context, facts, compiled.settings);
    const upstream = upstreams.of(decision.route.upstream);
    const attempt = upstream.begin();
    if (attempt === null) {
      refuseAllowed("upstream_unreachable");
      return;
    }
    if (awaitsContinue) {
      response.writeContinue();
      awaitsContinue = false;
    }
    const exchange = new Exchange({
      request,
      response,
      facts,
      decision,
      compiled,
      open,
      headers,
      hasBody: sendsBody,
      wholeBody: late?.body ?? null,
      answered: late?.answered ?? null,
      requestId: facts.requestId,
      upstream,
      attempt,
      draining,
      refuse: refuseAllowed,
    });
    exchange.send();
  };

  const forwardLate = async (passing: Passing, decision: Allow): Promise<void> => {
    const { request, response, facts, arrival, compiled } = passing;
    let { awaitsContinue } = arrival;
    const goOn = (): void => {
      if (awaitsContinue) response.writeContinue();
      awaitsContinue = false;
    };
    const tell = (finding: SecurityFinding): void => observer.found(facts, decision, finding);
    const onGone = (callback: () => void): void => void response.once("close", callback);
    const verdict = await lateChecks({ request, compiled, decision, goOn, onGone, tell, counted: observer.counted });
    if (verdict.outcome === "gone" || request.socket.destroyed || response.destroyed) return;
    if (verdict.outcome === "goes_on") {
      forward({ ...passing, arrival: { ...arrival, awaitsContinue } }, decision, verdict);
      return;
    }
    const { outcome: _, code, detail, ...told } = verdict;
    observer.failed(facts, decision, code, detail);
    const { cors, tenant } = decision;
    const about = { requestId: facts.requestId, tenant: tenant.slug, rateLimitFields: tenant.rateLimitFields, cors };
    refuse(request, response, code, { ...about, close: draining(), awaitsContinue, ...told });
  };

  const serveEndpoint = async (passing: Passing, own: EndpointRequest, compiled: CompiledSnapshot, began: number): Promise<void> => {
    const { request, response, facts, arrival } = passing;
    let { awaitsContinue } = arrival;
    const goOn = (): void => {
      if (awaitsContinue) response.writeContinue();
      awaitsContinue = false;
    };
    const answer = await endpoints({ request: own, compiled, facts, message: request, goOn });
    const findings = [...own.findings, ...(answer.findings ?? [])];
    if ("status" in answer) {
      observer.served(facts, own, findings);
      answerEndpoint(request, response, answer, { requestId: facts.requestId, close: draining() });
      return;
    }
    const { code, detail, limits = [], allowedMethods } = answer;
    const about = { tenant: own.tenant.slug, route: null, clientIp: own.clientIp, cors: null, findings, limits };
    const { rateLimitFields } = own.tenant;
    const refused: Deny = { outcome: "deny", code, detail, rateLimitFields, ...about, ...(allowedMethods === undefined ? {} : { allowedMethods }) };
    observer.decided(facts, refused, performance.now() - began);
    deny({ ...passing, arrival: { ...arrival, awaitsContinue } }, refused);
  };

  return (request, response, arrival) => {
    const began = performance.now();
    const context = readRequestContext(request);
    const { requestId } = context;
    response.on("close", () => observer.finished(response.statusCode, performance.now() - began));
    const compiled = store.current;
    if (compiled === null) {
      observer.failed({ method: request.method ?? "", target: arrival.target, requestId }, null, "not_ready");
      refuse(request, response, "not_ready", { requestId, close: draining(), awaitsContinue: arrival.awaitsContinue });
      return;
    }
    const facts = factsOf(request, arrival.target, requestId);
    if (!speaksOurHttp(request)) {
      observer.failed(facts, null, "bad_request");
      refuse(request, response, "bad_request", { requestId, close: true, awaitsContinue: false });
      return;
    }
    const passing = { request, response, context, facts, arrival, compiled };
    const settle = (decision: Decision): void => {
      observer.decided(facts, decision, performance.now() - began);
      // Gone while its keys were fetched: nobody would ever tell an exchange that it is over.
      if (request.socket.destroyed || response.destroyed) return;
      if (decision.outcome === "deny") deny(passing, decision);
      else if (decision.outcome === "preflight")
        answerEndpoint(request, response, { status: 204, headers: decision.headers }, { requestId, close: draining() });
      else if (decision.route.passesAtOnce) forward(passing, decision);
      else forwardLate(passing, decision).catch(fault);
    };
    const fault = (): void => {
      // The pipeline turns its own faults into denials; what is left is never an allowance.
      observer.failed(facts, null, "internal_fault");
      refuse(request, response, "internal_fault", { requestId, close: true, awaitsContinue: arrival.awaitsContinue });
    };
    try {
      const own = mayBeReserved(arrival.target) ? admitEndpoint(compiled, facts, ports) : null;
      if (own?.outcome === "endpoint") {
        serveEndpoint(passing, own, compiled, began).catch(fault);
        return;
      }
      const decision = own ?? authenticate(compiled, facts, ports);
      if (decision instanceof Promise) decision.then(settle).catch(fault);
      else settle(decision);
    } catch {
      fault();
    }
  };
}
