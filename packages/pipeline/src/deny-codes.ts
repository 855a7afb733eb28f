/** What a refusal looks like to the client. BEHAVIOUR §1–§8 name the codes; RFC 6750 §3 and RFC 9449 §7.1 the challenges. */
interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 414 | 429 | 431 | 502 | 503 | 504;
  /** For people; never says which check failed in more detail than the code. */
  readonly title: string;
  /** RFC 6750 §3.1 error of the WWW-Authenticate challenge; `none` sends a bare one, `api_key`, `session` and `client_certificate` one of that kind, `invalid_dpop_proof` RFC 9449's, null sends none. */
  readonly challenge:
    | "none"
    | "invalid_request"
    | "invalid_token"
    | "insufficient_scope"
    | "invalid_dpop_proof"
    | "api_key"
    | "session"
    | "client_certificate"
    | null;
}

/** Every refusal that the pipeline or the gateway can give. The compiler completes the tables that are keyed by it. */
export const REFUSALS = {
  bad_request: { status: 400, title: "The request is malformed or ambiguous", challenge: null },
  ambiguous_credential: { status: 400, title: "The request carries more than one credential of a kind", challenge: "invalid_request" },
  tenant_not_identified: { status: 400, title: "The request does not name a tenant", challenge: null },
  tenant_conflict: { status: 400, title: "The request names two different tenants", challenge: null },
  tenant_not_found: { status: 404, title: "There is no such tenant", challenge: null },
  tenant_suspended: { status: 403, title: "The tenant is suspended", challenge: null },
  route_not_found: { status: 404, title: "No route matches", challenge: null },
  method_not_allowed: { status: 405, title: "The route does not take this method", challenge: null },
  route_denied: { status: 403, title: "The route denies every request", challenge: null },
  upgrade_not_allowed: { status: 400, title: "The route does not allow upgrades", challenge: null },
  missing_token: { status: 401, title: "A bearer token is needed", challenge: "none" },
  invalid_token: { status: 401, title: "The token is not valid here", challenge: "invalid_token" },
  token_expired: { status: 401, title: "The token has expired", challenge: "invalid_token" },
  token_revoked: { status: 401, title: "The token has been revoked", challenge: "invalid_token" },
  unknown_signing_key: { status: 401, title: "The token's signing key is unknown", challenge: "invalid_token" },
  invalid_claims: { status: 401, title: "The token lacks a claim that is needed", challenge: "invalid_token" },
  inactive_token: { status: 401, title: "The token is not active", challenge: "invalid_token" },
  invalid_dpop_proof: { status: 401, title: "The proof of possession is not valid here", challenge: "invalid_dpop_proof" },
  missing_api_key: { status: 401, title: "An API key is needed", challenge: "api_key" },
  invalid_api_key: { status: 401, title: "The API key is not valid here", challenge: "api_key" },
  no_session: { status: 401, title: "Somebody must sign in", challenge: "session" },
  invalid_session_format: { status: 401, title: "The session cookie is malformed", challenge: "session" },
  session_not_found: { status: 401, title: "There is no such session", challenge: "session" },
  session_expired: { status: 401, title: "The session has expired", challenge: "session" },
  missing_client_certificate: { status: 401, title: "A client certificate is needed", challenge: "client_certificate" },
  invalid_client_certificate: { status: 401, title: "The client certificate is not valid here", challenge: "client_certificate" },
  login_failed: { status: 400, title: "The sign-in could not be completed", challenge: null },
  logout_token_refused: { status: 400, title: "The logout token is not valid here", challenge: null },
  insufficient_scope: { status: 403, title: "The credential's scope is not enough", challenge: "insufficient_scope" },
  tenant_mismatch: { status: 403, title: "The credential belongs to another tenant", challenge: "invalid_token" },
  untrusted_peer: { status: 403, title: "Decisions are given to trusted proxies only", challenge: null },
  rate_limited: { status: 429, title: "Too many requests", challenge: null },
  locked_out: { status: 429, title: "Too many failed authentications", challenge: null },
  session_store_unavailable: { status: 503, title: "Sessions cannot be looked up", challenge: null },
  proof_store_unavailable: { status: 503, title: "Proofs of possession cannot be checked", challenge: null },
  signing_key_unavailable: { status: 503, title: "The identity cannot be passed on at this moment", challenge: null },
  idp_unavailable: { status: 503, title: "The identity provider cannot be reached", challenge: null },
  request_body_too_large: { status: 413, title: "The request body is too large", challenge: null },
  target_too_long: { status: 414, title: "The request target is too long", challenge: null },
  header_fields_too_large: { status: 431, title: "The request header is too large", challenge: null },
  not_ready: { status: 503, title: "The node has no configuration yet", challenge: null },
  internal_fault: { status: 503, title: "The request could not be decided", challenge: null },
  upstream_unreachable: { status: 502, title: "The upstream cannot be reached", challenge: null },
  upstream_tls_failed: { status: 502, title: "The upstream could not be verified", challenge: null },
  upstream_timeout: { status: 504, title: "The upstream did not answer in time", challenge: null },
} as const satisfies Record<string, Refusal>;

export type DenyCode = keyof typeof REFUSALS;
