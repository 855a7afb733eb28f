import { admit } from "./admit/admit.js";
import { withoutApiKey } from "./api-key.js";
import { authenticateRequest } from "./authenticators.js";
import type { Binding } from "./binding.js";
import type { CompiledEdge, CompiledRoute, CompiledSnapshot, CompiledTenant } from "./compiled.js";
import { corsAnswer, preflightAnswer } from "./cors/answer.js";
import { matchPreflight, onlyField } from "./cors/preflight.js";
import type { Decision, Trace, TraceStep } from "./decision.js";
import type { DenyCode } from "./deny-codes.js";
import { isReservedPath } from "./endpoint/reserved-path.js";
import type { RequestFacts } from "./facts.js";
import { takeLimits } from "./limit.js";
import { refuseLockedOut } from "./lockout.js";
import { matchRoute, refuseUpgrade, upstreamTarget } from "./match-route.js";
import { Passage } from "./passage.js";
import type { Ports } from "./ports.js";
import { identityHeaders, propagate } from "./propagate.js";
import { Refusal } from "./refusal.js";
import { resolveTenant } from "./resolve-tenant.js";
import { refuseByScopes } from "./route-scopes.js";
import { withLogin } from "./session/redirect-to-login.js";
import { refuseUnproven } from "./token-claim.js";
import { Unauthenticated, type VerifiedCredential } from "./verified-credential.js";

/**
 * Decides one request: admit → resolve the tenant → match the route → extract the credential → authenticate it and match its
 * tenant → limits → propagate. A promise only while an IdP's keys are loaded or refreshed; else the decision itself.
 * Never throws and never rejects: whatever goes wrong inside is `internal_fault`, and nothing that went wrong is an allow.
 */
export function authenticate(compiled: CompiledSnapshot, facts: RequestFacts, ports: Ports, trace?: Trace): Decision | Promise<Decision> {
  const passage = new Passage(compiled, facts, ports, trace);
  try {
    const decision = decide(passage);
    return decision instanceof Promise ? decision.catch((cause: unknown) => fault(passage, cause)) : decision;
  } catch (cause) {
    return fault(passage, cause);
  }
}

function decide(passage: Passage): Decision | Promise<Decision> {
  const { facts, trace, compiled, ports } = passage;

  const request = admit(passage);
  if (request instanceof Refusal) return refuse(passage, "admit", request);
  trace?.push({ step: "admit", result: "pass", detail: `${facts.method} on ${request.host}` });

  const resolved = resolveTenant(passage, request);
  if (resolved instanceof Refusal) return refuse(passage, "resolve", resolved);
  const { tenant, path } = resolved;

  // What begins so is the gateway's own, and is served elsewhere or not at all.
  if (isReservedPath(path)) return refuse(passage, "route", new Refusal("route_not_found", "the path is reserved for the gateway"));
  const preflight = matchPreflight(passage, tenant, path, request);
  if (preflight !== null) return answerPreflight(passage, tenant, preflight);
  const route = matchRoute(tenant, path, facts.method);
  if (route instanceof Refusal) return refuse(passage, "route", route);
  passage.route = route;
  if (route.cors !== null) passage.origin = onlyField(request.headers, "origin");
  const closed = refuseUpgrade(route, request.upgrade, facts.method) ?? refuseDenied(route);
  if (closed !== null) return refuse(passage, "route", closed);
  trace?.push({ step: "route", result: "pass", detail: route.name });

  const { mode } = route;
  const conclude = (verdict: VerifiedCredential | Refusal | Unauthenticated | null): Decision => {
    if (verdict instanceof Refusal) return refuse(passage, stepOf(verdict), withLogin(passage, request, verdict));
    const verified = verdict instanceof Unauthenticated ? null : verdict;
    if (verdict instanceof Unauthenticated) traceUnauthenticated(passage, verdict);
    else if (verified !== null) traceVerified(passage, verified);
    const unproven = refuseUnproven(passage, route, verdict);
    if (unproven !== null) return refuse(passage, "match", unproven);
    const unscoped = verified === null ? null : refuseByScopes(route, verified.principal);
    if (unscoped !== null) return refuse(passage, "match", unscoped);

    if (verified !== null) passage.principal = verified.principal;
    // Another proxy waits for an answer only so long, and a connection that is to be upgraded is no exchange yet.
    passage.mayWait = facts.described !== true && request.upgrade === null;
    const limited = takeLimits(passage, route);
    if (limited !== null) return refuse(passage, "limit", limited);
    trace?.push({ step: "limit", result: "pass", detail: limitsPassed(passage, route) });

    const identity = identityHeaders(passage, tenant, route, verdict);
    if (identity instanceof Refusal) return refuse(passage, "propagate", identity);
    const headers = propagate(tenant, route, request, identity);
    trace?.push({ step: "propagate", result: "pass", detail: `to ${route.upstream.name}, strategy ${route.compiledPropagation.spec.strategy}` });
    return {
      outcome: "allow",
      tenant,
      route,
      principal: passage.principal,
      upstreamTarget: upstreamTarget(route, path, queryFor(route, request.query, compiled.edge)),
      upstreamHeaders: headers,
      identityHeaders: identity,
      clientIp: passage.clientIp ?? "",
      cors: corsAnswer(route, passage.origin),
      findings: passage.findings,
      limits: passage.limits,
      slowed: passage.slowed,
      apiKey: passage.apiKey,
    };
  };

  if (ports.lockouts?.any === true && (mode !== "public" || route.upstreamLogin !== null)) {
    const locked = refuseLockedOut(passage, tenant, ports.lockouts);
    if (locked !== null) return refuse(passage, "limit", locked);
  }
  if (mode === "public") return anonymous(passage, "a public route", conclude);
  const verdict = authenticateRequest(passage, route, request);
  if (verdict === null) return anonymous(passage, "an optional route without a credential", conclude);
  return verdict instanceof Promise ? verdict.then(conclude) : conclude(verdict);
}

/** What was counted, for the debugger, with those that are over and let the request pass all the same. */
function limitsPassed({ limits, facts }: Passage, { bodyLimits }: CompiledRoute): string {
  const over = limits.filter(({ exceeded }) => exceeded);
  const marks = over.map(({ policy, action }) => `; ${policy} is used up and ${action === "observe" ? "only observes" : "slows down"}`);
  const later = facts.described === true ? [] : bodyLimits.map(({ name }) => `; ${name} is looked at once the body is read`);
  return `${limits.length} policies${[...marks, ...later].join("")}`;
}

/** A preflight brings no credential and reaches no upstream; of the limits only those of its address count it. */
function answerPreflight(passage: Passage, tenant: CompiledTenant, { route, asked }: NonNullable<ReturnType<typeof matchPreflight>>): Decision {
  passage.route = route;
  passage.origin = asked.origin;
  const limited = takeLimits(passage, route, { byClientIpOnly: true });
  if (limited !== null) return refuse(passage, "limit", limited);
  const headers = preflightAnswer(route, asked);
  const verdict = headers.includes("Access-Control-Allow-Origin") ? "allows" : "does not allow";
  passage.trace?.push({ step: "route", result: "pass", detail: `${route.name}: its CORS policy ${verdict} ${asked.method} from this origin` });
  const { clientIp, findings, limits } = passage;
  return { outcome: "preflight", tenant, route, clientIp, headers, findings, limits };
}

/** A key that was read from the query and consumed does not go on in it. */
function queryFor({ consumesApiKey }: CompiledRoute, query: string, edge: CompiledEdge): string {
  return consumesApiKey ? withoutApiKey(query, edge) : query;
}

function refuseDenied(route: CompiledRoute): Refusal | null {
  return route.mode === "deny" ? new Refusal("route_denied", "the route denies every request") : null;
}

function anonymous(passage: Passage, why: string, conclude: (verified: null) => Decision): Decision {
  const { trace } = passage;
  if (trace !== undefined) for (const step of ["extract", "authenticate", "match"] as const) trace.push({ step, result: "skipped", detail: why });
  return conclude(null);
}

const NOTHING_PRESENTED: readonly DenyCode[] = [
  "missing_token",
  "missing_api_key",
  "no_session",
  "missing_client_certificate",
  "ambiguous_credential",
];

/** Which step a refusal of the credential belongs to, for the debugger. */
function stepOf({ code }: Refusal): TraceStep["step"] {
  if (code === "tenant_mismatch") return "match";
  return NOTHING_PRESENTED.includes(code) ? "extract" : "authenticate";
}

function traceUnauthenticated({ trace }: Passage, { reason }: Unauthenticated): void {
  for (const step of ["authenticate", "match"] as const) trace?.push({ step, result: "skipped", detail: `PASS_THROUGH: ${reason}` });
}

function traceVerified({ trace }: Passage, { principal, boundTo }: VerifiedCredential): void {
  if (trace === undefined) return;
  const by = principal.identityProvider === null ? principal.authenticator : `identity provider ${principal.identityProvider}`;
  trace.push({ step: "authenticate", result: "pass", detail: `${principal.subject} by ${by}${boundTo === null ? "" : boundBy(boundTo)}` });
  trace.push({ step: "match", result: "pass", detail: `the credential is of tenant ${principal.tenant}` });
}

/** What a token was held to. */
function boundBy({ certificate, key }: Binding): string {
  const named = [certificate === null ? null : `the certificate ${certificate}`, key === null ? null : `the key ${key}, whose proof holds`];
  return `; bound to ${named.filter((each) => each !== null).join(" and ")}`;
}

function refuse(passage: Passage, step: TraceStep["step"], refusal: Refusal): Decision {
  passage.trace?.push({ step, result: "fail", detail: `${refusal.code}: ${refusal.detail}` });
  return passage.deny(refusal);
}

function fault(passage: Passage, cause: unknown): Decision {
  const detail = cause instanceof Error ? `${cause.name}: ${cause.message}` : "something that is no Error was thrown";
  return passage.deny(new Refusal("internal_fault", detail));
}
