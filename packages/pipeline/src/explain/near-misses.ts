import type { DenyCode } from "../deny-codes.js";
import type { Seen } from "./look-again.js";
import { nearAudience } from "./near-audience.js";
import { nearIssuer } from "./near-issuer.js";
import { nearKey } from "./near-key.js";
import { type NearMiss, near } from "./near-miss.js";
import { nearProof } from "./near-proof.js";
import { nearTenant } from "./near-tenant.js";
import { nearTime } from "./near-time.js";

/** Codes under which a token or its absence was refused; for others there is nothing that it could have missed. */
const ABOUT_TOKENS: ReadonlySet<DenyCode> = new Set([
  "missing_token",
  "invalid_token",
  "invalid_dpop_proof",
  "token_expired",
  "unknown_signing_key",
  "invalid_claims",
  "tenant_mismatch",
  "idp_unavailable",
]);

/** A token without the scheme in front of it. */
const BARE_TOKEN = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Most likely first: the stages' own order. */
export function nearMisses(code: DenyCode, seen: Seen): readonly NearMiss[] {
  if (!ABOUT_TOKENS.has(code)) return [];
  if (seen.authorization !== null && BARE_TOKEN.test(seen.authorization))
    return [near("bearer_scheme_missing", "The Authorization field holds a token and nothing before it. Send `Authorization: Bearer <token>`.")];
  const { token } = seen;
  const aboutProof = nearProof(seen);
  if (token === null) return aboutProof;
  const known = { ...seen, token };
  return [...[nearIssuer, nearAudience, nearTime, nearKey, nearTenant].flatMap((look) => look(known, code)), ...aboutProof];
}
