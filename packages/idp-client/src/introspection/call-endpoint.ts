import type { IntrospectionSettings } from "@sallyport/snapshot";
import type { IdpHttp, JsonRefusal } from "../http/idp-http.js";
import type { Permit } from "./breaker.js";
import type { ClientProver } from "./client-authentication.js";
import { type Answer, readAnswer } from "./read-answer.js";

/** How a call ended: a definite answer, or why there is none. The list is also that of the metric's labels. */
export const CALL_RESULTS = [
  "active",
  "inactive",
  "timeout",
  "unreachable",
  "client_refused",
  "bad_status",
  "malformed",
  "no_credentials",
  "no_endpoint",
  "busy",
  "breaker_open",
] as const;
export type CallResult = (typeof CALL_RESULTS)[number];

type FailedCall = {
  readonly ok: false;
  readonly result: CallResult;
  readonly detail: string;
  /** How long to wait before the next try, ms; null where another try is of no use. */
  readonly retryAfterMs: number | null;
  /** The endpoint cannot be reached or is failing. One that answers and refuses is there: whoever sends tokens could have brought that about. */
  readonly away: boolean;
};
type EndedCall = { readonly ok: true; readonly answer: Answer } | FailedCall;

export interface EndpointCall {
  readonly url: string;
  readonly token: string;
  readonly tenant: string;
  readonly issuer: string;
  readonly settings: IntrospectionSettings;
  readonly prover: ClientProver;
}

/** An answer speaks of one token; hundreds of calls at once must stay affordable, whatever an endpoint pours into them. */
const MAX_ANSWER_BYTES = 65_536;
const RETRY_MS = 50;
/** A provider that asks for a longer pause gets it: the request is not kept waiting. */
const MAX_RETRY_AFTER_MS = 1_000;

const failed = (result: CallResult, detail: string, more: { retryAfterMs?: number | null; away?: boolean } = {}): FailedCall => ({
  ...{ ok: false, result, detail },
  retryAfterMs: more.retryAfterMs ?? null,
  away: more.away ?? false,
});

/** @param jittered about 50 ms */
function failureOf(refusal: JsonRefusal, jittered: number): FailedCall {
  switch (refusal.reason) {
    case "timeout":
      return failed("timeout", refusal.detail, { retryAfterMs: jittered, away: true });
    case "connect_failed":
    case "dns_failed":
    case "broken_answer":
      return failed("unreachable", refusal.detail, { retryAfterMs: jittered, away: true });
    case "bad_status": {
      const { status } = refusal;
      if (status === 401 || status === 403) return failed("client_refused", `${refusal.detail}: it does not accept this client`);
      if (status === 429) {
        const wanted = (refusal.retryAfterSeconds ?? 0) * 1_000;
        return failed("bad_status", refusal.detail, { retryAfterMs: wanted > MAX_RETRY_AFTER_MS ? null : Math.max(jittered, wanted) });
      }
      return status !== null && status >= 500
        ? failed("bad_status", refusal.detail, { retryAfterMs: jittered, away: true })
        : failed("bad_status", refusal.detail);
    }
    case "busy":
    case "closed":
      return failed("busy", refusal.detail);
    case "encoded":
    case "too_large":
    case "not_json":
      return failed("malformed", refusal.detail);
    default:
      return failed("unreachable", refusal.detail);
  }
}

/** One call (RFC 7662 §2.1). Nothing of token or client stands in what it says of a failure. */
async function callOnce(http: IdpHttp, call: EndpointCall, ports: CallPorts): Promise<EndedCall> {
  const { url, token, tenant, issuer, settings, prover } = call;
  const proof = await prover.prove(settings.client, { tenant, issuer, nowMs: ports.now() });
  if (!proof.ok) return failed("no_credentials", proof.detail);
  const form = new URLSearchParams({ token, token_type_hint: "access_token", ...proof.form });
  const answered = await http.postForm(url, form, { headers: proof.headers, timeoutMs: settings.timeoutMs, maxBytes: MAX_ANSWER_BYTES, tenant });
  if (!answered.ok) return failureOf(answered, RETRY_MS * (0.5 + ports.random()));
  const read = readAnswer(answered.text, answered.contentType);
  return read.ok ? { ok: true, answer: read.answer } : failed("malformed", `${new URL(url).origin}: ${read.detail}`);
}

export interface CallPorts {
  now(): number;
  /** 0 up to 1. */
  random(): number;
  /** Resolves after `ms`. */
  pause(ms: number): Promise<void>;
  /** Null while the endpoint is left alone. */
  enter(): Permit | null;
  /** Once for each call, and for each that was not made. */
  counted(result: CallResult): void;
}

/** Our own fault or queue: it says nothing about the endpoint. */
const isOurs = (result: CallResult): boolean => result === "busy" || result === "no_credentials";

function settle(permit: Permit, ended: EndedCall): void {
  if (ended.ok) permit.succeeded();
  else if (isOurs(ended.result)) permit.abandoned();
  else permit.failed();
}

/**
 * Asks an endpoint, again after failures that may pass: no connection, no answer in time, 5xx and 429. Each call needs the breaker's
 * leave. Never rejects.
 */
export async function callEndpoint(http: IdpHttp, call: EndpointCall, ports: CallPorts): Promise<EndedCall> {
  let last: FailedCall | null = null;
  for (let tries = 0; tries <= call.settings.retries; tries += 1) {
    const permit = ports.enter();
    if (permit === null) {
      ports.counted("breaker_open");
      return last ?? failed("breaker_open", `${new URL(call.url).origin} is left alone after several failures`);
    }
    const ended = await callOnce(http, call, ports).catch((): FailedCall => failed("unreachable", "fault in asking the endpoint"));
    settle(permit, ended);
    ports.counted(ended.ok ? ended.answer.state : ended.result);
    if (ended.ok || ended.retryAfterMs === null) return ended;
    last = ended;
    if (tries < call.settings.retries) await ports.pause(ended.retryAfterMs);
  }
  return last ?? failed("unreachable", "the endpoint was not asked");
}
