/** Why an IdP's address was not called, or its answer not used. */
export type FetchReason =
  | "invalid_url"
  | "scheme_refused"
  | "address_refused"
  | "dns_failed"
  | "connect_failed"
  | "tls_failed"
  | "timeout"
  | "redirect"
  | "bad_status"
  | "encoded"
  | "too_large"
  | "not_json"
  | "broken_answer"
  /** Too many calls wait already: nothing is known of the IdP. */
  | "busy"
  | "closed";

export interface Refused {
  readonly ok: false;
  readonly reason: FetchReason;
  /** One sentence for operators; holds nothing of the answer's body. */
  readonly detail: string;
}

export const refused = (reason: FetchReason, detail: string): Refused => ({ ok: false, reason, detail });

/** An error with the reason for which a connection must not be made; it travels through undici unchanged. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly reason: FetchReason;
  constructor(reason: FetchReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/** OpenSSL's and Node's codes for a certificate that is not trusted or not this host's. */
const TLS_CODE = /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH|PATH_LENGTH|EPROTO)/;

/** What went wrong while connecting, sending or reading, in our words. */
export function refusalOf(error: unknown, origin: string): Refused {
  if (error instanceof RefusedError) return refused(error.reason, error.message);
  const fault = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const code = fault instanceof Error && "code" in fault && typeof fault.code === "string" ? fault.code : "";
  switch (code) {
    case "UND_ERR_CONNECT_TIMEOUT":
    case "ETIMEDOUT":
      return refused("connect_failed", `${origin} does not take connections (time-out)`);
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "ENODATA":
      return refused("dns_failed", `the name of ${origin} does not resolve (${code})`);
    case "ECONNREFUSED":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
      return refused("connect_failed", `${origin} does not take connections (${code})`);
    case "UND_ERR_HEADERS_TIMEOUT":
    case "UND_ERR_BODY_TIMEOUT":
      return refused("timeout", `${origin} did not answer in time`);
    case "UND_ERR_DESTROYED":
    case "UND_ERR_CLOSED":
      return refused("closed", "this client is closed");
    default:
      if (TLS_CODE.test(code)) return refused("tls_failed", `the certificate of ${origin} is not accepted (${code})`);
      return refused("broken_answer", `${origin} broke off (${code === "" ? "unexpected fault" : code})`);
  }
}
