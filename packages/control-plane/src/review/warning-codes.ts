/**
 * How much a warning asks of whoever publishes. `notice`: nothing. `warning`: it is acknowledged by its id. `opening`: that, and a word is
 * typed, because requests that had to prove who they are no longer have to.
 */
export const WARNING_SEVERITIES = ["notice", "warning", "opening"] as const;
export type WarningSeverity = (typeof WARNING_SEVERITIES)[number];

/** What a change of the configuration can weaken, and what to do when it is not meant (docs/review.md has a row for each). */
export const WARNINGS = {
  route_public: { severity: "opening", remedy: "Require a credential, or publish on purpose by typing the word." },
  route_optional: { severity: "opening", remedy: "Require a credential, or publish on purpose by typing the word." },
  route_scopes_lost: { severity: "warning", remedy: "Put the scopes back into requiredScopes, unless everybody with a token may pass." },
  route_credentials_widened: { severity: "warning", remedy: "Leave out the credential kinds and providers that are not meant, or ask for all." },
  claims_lost: { severity: "warning", remedy: "Put the claims and scopes back, unless tokens without them may pass." },
  algorithm_weakened: { severity: "warning", remedy: "Leave the algorithm out, unless the provider signs with nothing better." },
  audience_widened: { severity: "warning", remedy: "Leave the audience out, unless tokens made for it are meant for this tenant." },
  tenant_claim_dropped: { severity: "warning", remedy: "Put the tenant claim back: it tells this tenant's tokens from those of others." },
  tenant_claim_changed: { severity: "warning", remedy: "Make sure that the new claim and value are this tenant's at the provider." },
  certificate_binding_dropped: {
    severity: "warning",
    remedy: "Require the binding again, unless tokens may be used without the client's certificate.",
  },
  proof_binding_dropped: { severity: "warning", remedy: "Require DPoP again, unless tokens may be used without a proof of their key." },
  limits_removed: { severity: "warning", remedy: "Put the limit back, or let another one take its place." },
  limits_loosened: { severity: "warning", remedy: "Make sure that the upstream can carry what now passes." },
  lockout_weakened: { severity: "warning", remedy: "Put the policy back, unless so many guesses may be made at passwords and tokens." },
  propagation_pass_through: { severity: "warning", remedy: "Use headers or internal_token, unless the upstream needs the client's own credential." },
  fallback_pass_through: { severity: "warning", remedy: "Use USE_CACHED_OR_REJECT, unless requests may pass unauthenticated during an outage." },
  replay_per_node: { severity: "warning", remedy: "Use REJECT_ALL, unless requests matter more than a replay during an outage of the store." },
  upstream_tls_loosened: { severity: "warning", remedy: "Put the authorities, the name, the version or https back." },
  cors_widened: { severity: "warning", remedy: "Leave out the origins, methods, headers or credentials that are not meant." },
  trusted_proxies_widened: { severity: "warning", remedy: "Trust only the addresses of your own proxies: they say who the client is." },
  idp_ranges_widened: { severity: "warning", remedy: "Allow only the ranges that providers stand in: tenants choose the addresses." },
  reserved_headers_lost: { severity: "warning", remedy: "Reserve the header again, unless upstreams do not believe it." },
  username_unseen: { severity: "notice", remedy: "Let the proxy limit by username itself, or send such routes through the node." },
  issuer_unreachable: { severity: "notice", remedy: "Check the address and the provider. Publishing is not held up: nodes try again by themselves." },
  state: { severity: "notice", remedy: "Leave it so if it is meant." },
} as const satisfies Record<string, { readonly severity: WarningSeverity; readonly remedy: string }>;
export type WarningCode = keyof typeof WARNINGS;
