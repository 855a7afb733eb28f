/** What a request narrowly missed. Codes are stable; docs/failure-modes.md has a row for each. */
export const NEAR_MISS_CODES = [
  "bearer_scheme_missing",
  "issuer_trailing_slash",
  "issuer_case",
  "issuer_scheme",
  "issuer_entra_version",
  "issuer_not_of_route",
  "audience_of_other_tenant",
  "audience_is_client_id",
  "audience_spelling",
  "algorithm_not_allowed",
  "clock_skew_expired",
  "clock_skew_future",
  "key_of_other_provider",
  "key_unknown",
  "keys_too_old",
  "tenant_claim_spelling",
  "tenant_claim_elsewhere",
  "proof_scheme_missing",
  "proof_uri",
  "proof_clock",
] as const;
export type NearMissCode = (typeof NEAR_MISS_CODES)[number];

export interface NearMiss {
  readonly code: NearMissCode;
  /** What differs, and the remedy. Names no other tenant: a tenant's own people may read it. */
  readonly sentence: string;
  /** Whose it is, for those who may see every tenant; null where it is nobody else's. */
  readonly elsewhere: { readonly tenant: string; readonly identityProvider: string } | null;
}

export const near = (code: NearMissCode, sentence: string, elsewhere: NearMiss["elsewhere"] = null): NearMiss => ({ code, sentence, elsewhere });
