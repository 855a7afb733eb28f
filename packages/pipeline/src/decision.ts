import type { AuthenticatorKind, RateLimitAction, RateLimitFields } from "@sallyport/snapshot";
import type { SecurityEventKind } from "@sallyport/snapshot/protocol";
import type { CompiledApiKey, CompiledRoute, CompiledTenant } from "./compiled.js";
import type { DenyCode } from "./deny-codes.js";
import type { DpopChallenge } from "./dpop/settings.js";

/** Who calls, after verification. The seam between authentication and everything after. */
export interface Principal {
  readonly subject: string;
  readonly tenant: string;
  /** Which kind of credential said so. */
  readonly authenticator: AuthenticatorKind;
  /** Null where none was asked: an API key is the installation's own. */
  readonly identityProvider: string | null;
  readonly issuer: string | null;
  readonly email: string | null;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly organization: string | null;
  /** Derived from the session's id, ours or the IdP's; never a cookie's value. */
  readonly sessionId: string | null;
  /** Seconds since the epoch (RFC 7519 §4.1.4); null for a credential that is good until it is revoked. */
  readonly expiresAt: number | null;
  /** Of the verified claims those that a propagation policy of the tenant names; none where the credential is no token. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A finding for the security reviewers; the gateway adds id, time and node. */
export interface SecurityFinding {
  readonly kind: SecurityEventKind;
  readonly tenant: string | null;
  readonly tokenTenant: string | null;
  readonly identityProvider: string | null;
  readonly subject: string | null;
  readonly issuer: string | null;
  readonly detail: string;
  /** How often it was found; once where it is left out. */
  readonly count?: number;
}

export interface RateLimitState {
  readonly policy: string;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly retryAfterSeconds: number;
  /** Of a policy of the fleet's, which is no tenant's own. */
  readonly ofFleet: boolean;
  readonly action: RateLimitAction;
  /** The request is over it: refused, held or only reported, as `action` says. */
  readonly exceeded: boolean;
}

/** The limit that refused a request, and whose the request was: what it was counted by is known by then. */
export interface LimitedBy {
  readonly policy: string;
  /** Of a policy of the fleet's, which is no tenant's own. */
  readonly ofFleet: boolean;
  readonly principal: Principal | null;
  readonly apiKey: CompiledApiKey | null;
  readonly isPreflight: boolean;
}

/** A limit that the request is over, and that has it wait instead of refusing it. */
export interface SlowedBy {
  readonly policy: string;
  readonly bucket: string;
  /** So many of its requests may wait at one time. */
  readonly burst: number;
}

export interface Allow {
  readonly outcome: "allow";
  readonly tenant: CompiledTenant;
  readonly route: CompiledRoute;
  /** Null on public routes, and on optional ones without a credential. */
  readonly principal: Principal | null;
  /** Path and query for the upstream: tenant and route prefix taken off where asked, the upstream's base path put before. */
  readonly upstreamTarget: string;
  /** Header fields for the upstream, names and values in turn: the client's without hop-by-hop, reserved and consumed ones, then the identity. `Host`, `Forwarded`, `X-Forwarded-*`, `X-Request-Id` are the gateway's to add. */
  readonly upstreamHeaders: string[];
  /** The identity alone, as it stands in `upstreamHeaders`: what another proxy is told in decision mode. */
  readonly identityHeaders: readonly string[];
  readonly clientIp: string;
  /** Of the answer, by the route's CORS policy, names and values in turn; null where the route has none. */
  readonly cors: readonly string[] | null;
  readonly findings: readonly SecurityFinding[];
  readonly limits: readonly RateLimitState[];
  /** It waits before it goes on; null: it goes on now. */
  readonly slowed: SlowedBy | null;
  /** The API key that the request showed; null without one. */
  readonly apiKey: CompiledApiKey | null;
}

/** A preflight that the route's CORS policy answers, without a credential and without the upstream (BEHAVIOUR §2). The status is 204. */
export interface Preflight {
  readonly outcome: "preflight";
  readonly tenant: CompiledTenant;
  /** The route of the request that would follow. */
  readonly route: CompiledRoute;
  readonly clientIp: string | null;
  /** Of the answer, names and values in turn. */
  readonly headers: readonly string[];
  readonly findings: readonly SecurityFinding[];
  readonly limits: readonly RateLimitState[];
}

export interface Deny {
  readonly outcome: "deny";
  readonly code: DenyCode;
  /** For logs and the debugger, never for the client. */
  readonly detail: string;
  /** Slug, once resolved. */
  readonly tenant: string | null;
  /** Route name, once matched. */
  readonly route: string | null;
  readonly clientIp: string | null;
  /** As of `Allow`; null also before a route was matched. */
  readonly cors: readonly string[] | null;
  /** For the challenges of tokens; null where DPoP is neither offered nor used. */
  readonly dpop?: DpopChallenge | null;
  /** Scopes for the challenge of `insufficient_scope`. */
  readonly requiredScopes?: readonly string[];
  /** Methods for `Allow` of `method_not_allowed`. */
  readonly allowedMethods?: readonly string[];
  /** Name of the session cookie that is worth nothing any more: the answer takes it away. */
  readonly clearCookie?: string;
  /** A browser whom the route sends to the login: where that is, on the same origin. The answer is 302 and not the code's own status. */
  readonly loginPath?: string;
  /** Of `locked_out`. */
  readonly retryAfterSeconds?: number;
  /** Of `rate_limited`: which fields tell of `limits`. */
  readonly rateLimitFields?: RateLimitFields;
  /** Of `rate_limited`, by a policy. */
  readonly limitedBy?: LimitedBy;
  readonly findings: readonly SecurityFinding[];
  readonly limits: readonly RateLimitState[];
}

/** Expected denials are values; anything thrown inside the pipeline becomes `internal_fault`, never allow. */
export type Decision = Allow | Preflight | Deny;

/** One step of the passage, for the token debugger and the tests. */
export interface TraceStep {
  readonly step: "admit" | "resolve" | "route" | "extract" | "authenticate" | "match" | "limit" | "propagate";
  readonly result: "pass" | "fail" | "skipped";
  readonly detail: string;
}

/** Takes the steps of one passage as they are passed. A list will do. */
export interface Trace {
  push(step: TraceStep): unknown;
}
