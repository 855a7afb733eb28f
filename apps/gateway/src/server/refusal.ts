import { STATUS_CODES } from "node:http";
import { type DenyCode, type DpopChallenge, type RateLimitState, REFUSALS } from "@sallyport/pipeline";
import type { RateLimitFields } from "@sallyport/snapshot";
import { clearedCookie } from "../sessions/set-cookie.js";
import { limitFields } from "./limit-fields.js";

/** What a refusal may say beyond its code. */
export interface RefusalFacts {
  readonly requestId: string;
  readonly tenant?: string | null;
  readonly requiredScopes?: readonly string[];
  readonly allowedMethods?: readonly string[];
  /** Where the route offers DPoP, or the client used it. */
  readonly dpop?: DpopChallenge | null;
  readonly limits?: readonly RateLimitState[];
  /** Which fields tell of `limits`; left out: those of the draft. */
  readonly rateLimitFields?: RateLimitFields;
  readonly clearCookie?: string;
  readonly loginPath?: string;
  /** Of `locked_out`. */
  readonly retryAfterSeconds?: number;
  /** By the route's CORS policy, names and values in turn: without them a page of another origin could not read why. */
  readonly cors?: readonly string[] | null;
}

export interface RefusalResponse {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: string[];
  /** `application/problem+json`, RFC 9457. */
  readonly body: string;
}

/** The answer to a refused request: never more than the code's own title (BEHAVIOUR §8). */
export function refusalResponse(code: DenyCode, facts: RefusalFacts): RefusalResponse {
  const { title, challenge } = REFUSALS[code];
  // A browser that waits for a page is sent to the login; the body says to whoever looks why.
  const status = facts.loginPath === undefined ? REFUSALS[code].status : 302;
  const body = JSON.stringify({
    type: `urn:sallyport:problem:${code}`,
    title,
    status,
    code,
    request_id: facts.requestId,
    error: code,
    message: title,
  });
  const headers = [
    "Content-Type",
    "application/problem+json",
    "Content-Length",
    String(body.length),
    "Cache-Control",
    "no-store",
    "X-Request-Id",
    facts.requestId,
  ];
  if (facts.loginPath !== undefined) headers.push("Location", facts.loginPath);
  else if (challenge !== null) headers.push("WWW-Authenticate", challengeOf(challenge, title, facts));
  if (facts.clearCookie !== undefined) headers.push("Set-Cookie", clearedCookie(facts.clearCookie));
  if (facts.allowedMethods !== undefined) headers.push("Allow", facts.allowedMethods.join(", "));
  if (code === "rate_limited") headers.push(...limitFields(facts.limits ?? [], facts.rateLimitFields));
  if (facts.retryAfterSeconds !== undefined) headers.push("Retry-After", String(facts.retryAfterSeconds));
  if (status === 503) headers.push("Retry-After", "5");
  if (facts.cors) headers.push(...facts.cors);
  return { status, headers, body };
}

type Challenge = NonNullable<(typeof REFUSALS)[DenyCode]["challenge"]>;

/** The realm is the tenant: its credentials open nothing else. */
function challengeOf(error: Challenge, title: string, facts: RefusalFacts): string {
  const realm = `realm="${facts.tenant ?? "sallyport"}"`;
  // No registered scheme is meant for API keys, sessions or certificates, and RFC 9110 §11.6.1 wants a challenge with every 401.
  if (error === "api_key") return `ApiKey ${realm}`;
  if (error === "client_certificate") return `ClientCertificate ${realm}`;
  if (error === "session") return `Session ${realm}`;
  let told = "";
  if (error !== "none") told = `, error="${error}", error_description="${title}"`;
  // Scopes have neither quotes nor backslashes by their schema (RFC 6749 §3.3).
  if (error === "insufficient_scope" && facts.requiredScopes !== undefined) told += `, scope="${facts.requiredScopes.join(" ")}"`;
  if (error === "invalid_dpop_proof" && !facts.dpop) return `DPoP ${realm}${told}`;
  return challengesOfTokens(realm, told, facts.dpop ?? null);
}

/** RFC 6750 §3, and RFC 9449 §7.1 where DPoP is offered or was used. The error is told under the scheme that the client used, which goes first. */
function challengesOfTokens(realm: string, told: string, dpop: DpopChallenge | null): string {
  if (dpop === null) return `Bearer ${realm}${told}`;
  const algorithms = `algs="${dpop.algorithms.join(" ")}"`;
  const withProof = `DPoP ${realm}${dpop.used ? told : ""}, ${algorithms}`;
  if (dpop.used) return dpop.takesBearer ? `${withProof}, Bearer ${realm}` : withProof;
  // Whoever came without a proof, where one is needed, is told why under the one scheme that there is.
  return dpop.takesBearer ? `Bearer ${realm}${told}, ${withProof}` : `DPoP ${realm}${told}, ${algorithms}`;
}

/** The same on a bare socket, for requests that never became one (CONNECT, upgrades, unreadable bytes). The connection ends with it. */
export function refusalOnTheWire(code: DenyCode, facts: RefusalFacts): string {
  const { status, headers, body } = refusalResponse(code, facts);
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nDate: ${new Date().toUTCString()}\r\nConnection: close\r\n`;
  for (let index = 0; index < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return `${head}\r\n${body}`;
}
