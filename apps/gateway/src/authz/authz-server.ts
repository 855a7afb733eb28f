import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { authenticate, type CompiledSnapshot, type Decision, type DenyCode, isTrustedPeer } from "@sallyport/pipeline";
import Fastify, { type FastifyInstance } from "fastify";
import { readRequestContext } from "../server/request-context.js";
import { factsOf, type ServeDeps } from "../server/serve-request.js";
import { type AuthzAnswer, allowedAnswer, refusedAnswer } from "./authz-answer.js";
import { type DescribedRequest, describedRequest } from "./described-request.js";
import { type AuthzProfile, PLAIN_PROFILE, profileOf } from "./profiles.js";

/** A proxy hands on the client's head and adds its own. */
const MAX_HEAD_BYTES = 32_768;
const CALL_TIMEOUT_MS = 10_000;
/** Longer than proxies keep idle connections, so that they close first. */
const KEEP_ALIVE_MS = 65_000;

export type AuthzDeps = Omit<ServeDeps, "upstreams" | "endpoints" | "open" | "lateChecks">;

/**
 * Decision mode (BEHAVIOUR §7): other proxies ask here whether a request may pass, and forward it themselves. A listener of its own,
 * because a tenant's upstream may have any path. Only peers among the fleet's trusted proxies are answered: who may describe requests
 * could try credentials in everybody's name.
 */
export function createAuthzServer(deps: AuthzDeps): FastifyInstance<Server> {
  const answer = createCallHandler(deps);
  return Fastify<Server>({
    serverFactory: () => {
      const limits = { maxHeaderSize: MAX_HEAD_BYTES, headersTimeout: CALL_TIMEOUT_MS, requestTimeout: CALL_TIMEOUT_MS };
      const server = createServer({ ...limits, keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, answer);
      // node:http drops fields above its limit without a word; the pipeline counts them instead (SECURITY §1.9).
      server.maxHeadersCount = 0;
      return server;
    },
    logger: false,
    forceCloseConnections: "idle",
  });
}

/** What is asked, or why nothing can be: nothing is decided for strangers, on other paths, or for a request that nobody knows. */
function readQuestion(compiled: CompiledSnapshot | null, request: IncomingMessage, profile: AuthzProfile | null): DenyCode | DescribedRequest {
  if (compiled === null) return "not_ready";
  if (!isTrustedPeer(compiled.edge, request.socket.remoteAddress ?? "")) return "untrusted_peer";
  if (profile === null) return "route_not_found";
  const call = { method: request.method ?? "", target: request.url ?? "", rawHeaders: request.rawHeaders };
  return describedRequest(call, profile) ?? "bad_request";
}

function createCallHandler({ store, ports, observer, draining }: AuthzDeps) {
  const send = (response: ServerResponse, { status, headers, body }: AuthzAnswer): void => {
    if (response.destroyed) return;
    if (draining()) headers.push("Connection", "close");
    response.writeHead(status, headers);
    response.end(body);
  };

  return (request: IncomingMessage, response: ServerResponse): void => {
    const began = performance.now();
    const { requestId } = readRequestContext(request);
    const profile = profileOf(request.url ?? "");
    const compiled = store.current;
    response.on("close", () => observer.finished(response.statusCode, performance.now() - began));
    // Proxies ask without a body; one that comes all the same is let go.
    request.resume();

    const turnAway = (code: DenyCode): void => {
      observer.failed({ method: request.method ?? "", target: request.url ?? "", requestId }, null, code);
      send(response, refusedAnswer(profile ?? PLAIN_PROFILE, code, { requestId }));
    };
    const question = readQuestion(compiled, request, profile);
    if (typeof question === "string" || compiled === null) {
      turnAway(typeof question === "string" ? question : "not_ready");
      return;
    }
    const facts = Object.assign(factsOf(request, question.target, requestId), question, { described: true });
    const settle = (decision: Decision): void => {
      observer.decided(facts, decision, performance.now() - began);
      const answer = answerOf(decision, profile ?? PLAIN_PROFILE, requestId);
      if (decision.outcome === "allow" && isSpoofed(decision)) observer.failed(facts, decision, "bad_request");
      send(response, answer);
    };
    const fault = (): void => turnAway("internal_fault");
    try {
      const decision = authenticate(compiled, facts, ports);
      if (decision instanceof Promise) decision.then(settle).catch(fault);
      else settle(decision);
    } catch {
      fault();
    }
  };
}

const isSpoofed = ({ findings }: Decision): boolean => findings.some(({ kind }) => kind === "spoofed_identity_header");

/**
 * The client's fields are in the proxy's hands, not in ours: an identity header that the client wrote cannot be taken off here, so such
 * a request does not pass. Proxies that take them off before they ask never see this.
 */
function answerOf(decision: Decision, profile: AuthzProfile, requestId: string): AuthzAnswer {
  if (decision.outcome === "deny") return refusedAnswer(profile, decision.code, { requestId, ...decision });
  // Whoever only decides is given none: the facts say so. A 2xx would send it on.
  if (decision.outcome === "preflight") return refusedAnswer(profile, "internal_fault", { requestId });
  return isSpoofed(decision) ? refusedAnswer(profile, "bad_request", { requestId, cors: decision.cors }) : allowedAnswer(decision, requestId);
}
