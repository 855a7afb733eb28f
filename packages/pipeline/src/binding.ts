import type { AdmittedRequest } from "./admit/admit.js";
import { presentedCertificates } from "./certificate/presented.js";
import type { CompiledIdentityProvider } from "./compiled.js";
import { provePossession } from "./dpop/prove-possession.js";
import type { Claims } from "./jwt/claims.js";
import type { Passage } from "./passage.js";
import { Refusal } from "./refusal.js";
import { VerifiedCredential } from "./verified-credential.js";

/** What a token's sender must prove besides having it (RFC 7800 §3.1): one of them or both. */
export interface Binding {
  /** Whose settings say how. */
  readonly idp: CompiledIdentityProvider;
  /** Thumbprint of the certificate whose key the connection proved (RFC 8705 §3.1). */
  readonly certificate: string | null;
  /** Thumbprint of the key that signed the request's proof (RFC 9449 §6.1, RFC 7638). */
  readonly key: string | null;
}

const invalid = (detail: string): Refusal => new Refusal("invalid_token", detail);
/** 32 bytes in base64url, without loose trailing bits. */
const THUMBPRINT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const CERTIFICATE = "x5t#S256";
const KEY = "jkt";

/**
 * What a token is bound to; null for one that is bound to nothing. Where it names both, both bind: each alone was promised to whoever issued
 * the token. A binding of another kind, alone or beside these, cannot be checked here, and so the token is refused.
 */
export function bindingOf(idp: CompiledIdentityProvider, claims: Claims): Binding | null | Refusal {
  const cnf = Object.hasOwn(claims, "cnf") ? claims.cnf : undefined;
  const binding = cnf === undefined ? null : readConfirmation(idp, cnf);
  if (binding instanceof Refusal) return binding;
  if (idp.spec.requireCertificateBinding === true && (binding === null || binding.certificate === null))
    return invalid("the token is bound to no certificate, and the identity provider's must be");
  if (idp.dpop.required && (binding === null || binding.key === null))
    return invalid("the token is bound to no key, and the identity provider's must be");
  return binding;
}

function readConfirmation(idp: CompiledIdentityProvider, cnf: unknown): Binding | Refusal {
  const members = typeof cnf === "object" && cnf !== null && !Array.isArray(cnf) ? (cnf as Readonly<Record<string, unknown>>) : {};
  const names = Object.keys(members);
  const readable = names.every((name) => (name === CERTIFICATE || name === KEY) && isThumbprint(members[name]));
  if (names.length === 0 || !readable) return invalid("the token is bound (cnf) to something that is not verified here");
  const read = (name: string): string | null => (names.includes(name) ? String(members[name]) : null);
  return { idp, certificate: read(CERTIFICATE), key: read(KEY) };
}

const isThumbprint = (value: unknown): boolean => typeof value === "string" && THUMBPRINT.test(value);

/**
 * A token that is bound counts only with what it is bound to: a connection whose client proved the certificate's key (RFC 8705 §3), a proof
 * that is made with the key for this request (RFC 9449 §7). Asked for each request, whatever is remembered of the token: what is
 * remembered is the token, never that somebody may use it. The scheme says the same as the token, so that nobody who leaves the proof
 * out gets by with it (§7.2).
 */
export function holdToBinding<V>(
  passage: Passage,
  request: AdmittedRequest,
  verdict: V | VerifiedCredential,
): V | VerifiedCredential | Refusal | Promise<VerifiedCredential | Refusal> {
  if (!(verdict instanceof VerifiedCredential)) return verdict;
  const { boundTo } = verdict;
  if (boundTo === null) return passage.usesDpop ? invalid("the token is bound to no key, and was sent with the scheme DPoP") : verdict;
  if (boundTo.key !== null && !passage.usesDpop) return invalid("the token is bound to a key, and was sent with the scheme Bearer");
  if (boundTo.key === null && passage.usesDpop) return invalid("the token is bound to no key, and was sent with the scheme DPoP");
  const refusal = boundTo.certificate === null ? null : refuseByCertificate(passage, request, boundTo.certificate);
  if (refusal !== null) return refusal;
  return boundTo.key === null ? verdict : provePossession(passage, request, verdict, { idp: boundTo.idp, key: boundTo.key });
}

function refuseByCertificate(passage: Passage, request: AdmittedRequest, thumbprint: string): Refusal | null {
  const presented = presentedCertificates(passage, request);
  if (presented instanceof Refusal) return presented;
  const [certificate] = presented?.chain ?? [];
  if (certificate === undefined) return invalid("the token is bound to a certificate, and there is none");
  return passage.ports.certificates.thumbprint(certificate) === thumbprint ? null : invalid("the token is bound to another certificate");
}
