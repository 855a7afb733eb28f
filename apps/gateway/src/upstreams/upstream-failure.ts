import type { DenyCode } from "@sallyport/pipeline";
import { BodyFailure } from "../server/request-body.js";

/** The gateway gave up waiting for a connection to the upstream. */
export class UpstreamQueueTimeout extends Error {
  override readonly name = "UpstreamQueueTimeout";
  constructor() {
    super("no connection to the upstream came free in time");
  }
}

const TIMEOUTS = new Set([
  "UPSTREAM_HEAD_TIMEOUT",
  "UPSTREAM_BODY_TIMEOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "ETIMEDOUT",
]);
const INVALID = "UPSTREAM_REQUEST_INVALID";
/** The connection ended without a word: what happens when an idle one is closed while a request is on its way to it. */
const RESETS = new Set(["UPSTREAM_CLOSED", "UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);
/** The handshake failed, or the certificate was none that may be trusted (OpenSSL's verify results, and what Node adds). */
const UNTRUSTED =
  /^(?:CERT_|UNABLE_TO_|ERROR_IN_CERT_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|EPROTO$|HOSTNAME_MISMATCH$|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$)/;
/** Ours: the node lets its connections go, or would not write what it was given. */
const OURS = new Set(["UPSTREAM_ABORTED", INVALID, "UND_ERR_ABORTED", "UND_ERR_CLOSED", "UND_ERR_DESTROYED"]);

const codeOf = (error: Error): string => ("code" in error ? String(error.code) : "");

/** What the client hears of an upstream's failure; null when there is nobody left to hear. */
export function upstreamFailure(error: Error): DenyCode | null {
  if (error instanceof BodyFailure) return error.code;
  if (error instanceof UpstreamQueueTimeout || TIMEOUTS.has(codeOf(error))) return "upstream_timeout";
  if (codeOf(error) === INVALID) return "internal_fault";
  return UNTRUSTED.test(codeOf(error)) ? "upstream_tls_failed" : "upstream_unreachable";
}

export const isReset = (error: Error): boolean => RESETS.has(codeOf(error));

/** Whether the target is to blame, and neither the client, nor the node, nor a queue that is too long. */
export const isTargetsFault = (error: Error): boolean =>
  !(error instanceof BodyFailure) && !(error instanceof UpstreamQueueTimeout) && !OURS.has(codeOf(error));

/** For operators: the code where there is one, else the message; bounded, in one line. */
export function failureReason(error: Error): string {
  // Several addresses of one name were tried: the first failure stands for all of them.
  const cause = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  const code = codeOf(cause);
  return (code === "" ? cause.message : `${code}: ${cause.message}`).replace(/\s+/g, " ").slice(0, 200);
}
