import type { AdmittedRequest } from "../admit/admit.js";
import type { CompiledIdentityProvider } from "../compiled.js";
import type { Claims } from "../jwt/claims.js";
import type { Passage } from "../passage.js";
import { Refusal } from "../refusal.js";
import { VerifiedCredential } from "../verified-credential.js";
import { presentedCertificates } from "./presented.js";

const invalid = (detail: string): Refusal => new Refusal("invalid_token", detail);
/** 32 bytes in base64url, without loose trailing bits. */
const THUMBPRINT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/**
 * The certificate that a token is bound to, by its thumbprint (RFC 7800 §3.1, RFC 8705 §3.1); null for one that is bound to nothing.
 * A binding of another kind, or beside it, cannot be checked here, and so the token is refused.
 */
export function bindingOf({ spec }: CompiledIdentityProvider, claims: Claims): string | null | Refusal {
  if (!Object.hasOwn(claims, "cnf") || claims.cnf === undefined)
    return spec.requireCertificateBinding === true ? invalid("the token is bound to no certificate, and the identity provider's must be") : null;
  const { cnf } = claims;
  const thumbprint = typeof cnf === "object" && cnf !== null && Object.hasOwn(cnf, "x5t#S256") ? (cnf as Record<string, unknown>)["x5t#S256"] : null;
  if (typeof thumbprint !== "string" || !THUMBPRINT.test(thumbprint) || Object.keys(cnf as object).length !== 1)
    return invalid("the token is bound (cnf) to something that is not verified here");
  return thumbprint;
}

/**
 * RFC 8705 §3: a token that is bound counts only on a connection whose client proved that certificate's key. Asked for each request,
 * whatever is remembered of the token: what is remembered is the token, never that somebody may use it.
 */
export function holdToBinding<V>(passage: Passage, request: AdmittedRequest, verdict: V | VerifiedCredential): V | VerifiedCredential | Refusal {
  if (!(verdict instanceof VerifiedCredential) || verdict.boundTo === null) return verdict;
  const presented = presentedCertificates(passage, request);
  if (presented instanceof Refusal) return presented;
  const [certificate] = presented?.chain ?? [];
  if (certificate === undefined) return invalid("the token is bound to a certificate, and there is none");
  if (passage.ports.certificates.thumbprint(certificate) !== verdict.boundTo) return invalid("the token is bound to another certificate");
  return verdict;
}
