import type { AdmittedRequest } from "./admit/admit.js";
import { claimAt } from "./claim-path.js";
import { type CompiledRoute, namingClaimOf, namingKey } from "./compiled.js";
import { extractBearer } from "./extract-bearer.js";
import { issuerOf } from "./jwt/claims.js";
import { parseToken } from "./jwt/parse-token.js";
import type { Passage } from "./passage.js";
import { Refusal } from "./refusal.js";
import { Unauthenticated, type VerifiedCredential } from "./verified-credential.js";

/**
 * BEHAVIOUR §1, the last row: whom a bearer token names by its issuer and tenant claim, when nothing else names a tenant. Nothing of the
 * token is believed: it says where it is to be verified, and no more. Null for whatever is no well-formed JWT, and for a pair that no
 * tenant has.
 */
export function tenantNamedByToken(passage: Passage, { authorization }: AdmittedRequest): string | null {
  const { compiled } = passage;
  const token = extractBearer(authorization);
  if (typeof token !== "string" || token.length > compiled.edge.maxTokenBytes) return null;
  const parsed = parseToken(passage, token);
  if (parsed instanceof Refusal) return null;
  const issuer = issuerOf(parsed.claims);
  // Of an issuer, all name their tenant by one claim: the compiler sees to it.
  const sharing = issuer === null ? undefined : compiled.issuers.get(issuer);
  const first = sharing?.[0];
  if (issuer === null || first === undefined) return null;
  const value = claimAt(parsed.claims, namingClaimOf(first).path);
  if (typeof value !== "string") return null;
  return compiled.namedByToken.get(namingKey(issuer, value))?.[0]?.tenant ?? null;
}

/**
 * Where a token has named the tenant, it must be what lets the request in: no public route, and no other credential, makes good for a claim
 * that nobody verified. Null when it may go on.
 */
export function refuseUnproven(
  { tokenNamesTenant }: Passage,
  route: CompiledRoute,
  verdict: VerifiedCredential | Unauthenticated | null,
): Refusal | null {
  if (!tokenNamesTenant) return null;
  if (verdict instanceof Unauthenticated)
    return new Refusal("idp_unavailable", `the token that names the tenant cannot be verified: ${verdict.reason}`);
  const isVerified = verdict !== null && route.authenticators.includes("bearer") && (route.needsAll || verdict.principal.authenticator === "bearer");
  return isVerified
    ? null
    : new Refusal("tenant_not_identified", "only a token names the tenant, and the route lets requests in without verifying it");
}
